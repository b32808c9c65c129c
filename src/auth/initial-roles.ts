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
