import type { Caller } from '../auth/caller.js';
import type { Permission } from '../auth/permissions.js';
import type { RestorableName } from '../database/database.js';
import type { RunKind } from './run.entity.js';

/** The permissions for a backup and a restore of each database: all of those named are needed. */
export const RUN_PERMISSIONS = {
  backup: {
    auth: ['read_acls'],
    config: ['read_pipelines', 'read_transformers', 'read_alerts'],
    logs: ['read_streams'],
  },
  restore: {
    auth: ['write_acls'],
    config: ['write_pipelines', 'write_transformers', 'write_alerts'],
    logs: ['write_streams'],
  },
} as const satisfies Record<RunKind, Record<RestorableName, readonly [Permission, ...Permission[]]>>;

export function mayRun(kind: RunKind, database: RestorableName, caller: Caller): boolean {
  return RUN_PERMISSIONS[kind][database].every((permission) => caller.permissions.has(permission));
}
