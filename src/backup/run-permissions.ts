import type { Caller } from '../auth/caller.js';
import type { Permission } from '../auth/permissions.js';
import { RESTORABLE_NAMES } from '../database/database.js';
import type { RunKind } from './run.entity.js';
import type { RunScope } from './run-scope.js';

/** The permissions for a backup and a restore of each database, and of all: all of those named are needed. */
export const RUN_PERMISSIONS = {
  backup: {
    auth: ['read_acls'],
    config: ['read_pipelines', 'read_transformers', 'read_alerts'],
    logs: ['read_streams'],
    all: ['read_acls', 'read_pipelines', 'read_transformers', 'read_alerts', 'read_streams'],
  },
  restore: {
    auth: ['write_acls'],
    config: ['write_pipelines', 'write_transformers', 'write_alerts'],
    logs: ['write_streams'],
    all: ['write_acls', 'write_pipelines', 'write_transformers', 'write_alerts', 'write_streams'],
  },
} as const satisfies Record<RunKind, Record<RunScope, readonly [Permission, ...Permission[]]>>;

export function mayRun(
  kind: RunKind,
  scope: RunScope,
  { permissions }: Pick<Caller, 'permissions'>,
): boolean {
  return RUN_PERMISSIONS[kind][scope].every((permission) => permissions.has(permission));
}

/** Whether there is a database that the caller may back up. */
export function mayBackUpSomething(caller: Pick<Caller, 'permissions'>): boolean {
  return RESTORABLE_NAMES.some((name) => mayRun('backup', name, caller));
}
