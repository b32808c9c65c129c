import type { Role } from './roles.store.js';

/** May do everything. */
export const ADMIN_ROLE: Role = {
  name: 'admin',
  scopes: [
    'send_logs',
    'write_acls',
    'write_pipelines',
    'write_transformers',
    'write_streams',
    'write_alerts',
  ],
};

/** What most installations need next: made beside the administrator's, and nothing but roles like any other from then on. */
export const OFFERED_ROLES: Role[] = [
  {
    name: 'backup-operator',
    scopes: ['read_acls', 'read_alerts', 'read_pipelines', 'read_streams', 'read_transformers'],
  },
  { name: 'viewer', scopes: ['read_streams'] },
];
