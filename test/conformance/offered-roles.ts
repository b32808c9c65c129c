/** Roles that a new server has beside the reference's own: see `deviations.ts`. */
export const OFFERED_ROLES = [
  {
    name: 'backup-operator',
    scopes: ['read_acls', 'read_alerts', 'read_pipelines', 'read_streams', 'read_transformers'],
  },
  { name: 'viewer', scopes: ['read_streams'] },
];
