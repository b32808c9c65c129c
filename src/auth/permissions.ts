/**
 * The permissions (the API calls them scopes) as data: what they are called, what a person reads, what they imply.
 * `write_x` implies `read_x`; `send_logs` stands alone.
 */
export const PERMISSIONS = {
  read_pipelines: 'Read Pipelines',
  write_pipelines: 'Write Pipelines',
  read_transformers: 'Read Transformers',
  write_transformers: 'Write Transformers',
  read_streams: 'Read Streams',
  write_streams: 'Write Streams',
  read_alerts: 'Read Alerts',
  write_alerts: 'Write Alerts',
  read_acls: 'Read ACLs',
  write_acls: 'Write ACLs',
  send_logs: 'Send Logs',
} as const;

export type Permission = keyof typeof PERMISSIONS;

export const PERMISSION_NAMES = Object.keys(PERMISSIONS) as Permission[];

export function isPermission(name: string): name is Permission {
  return Object.hasOwn(PERMISSIONS, name);
}

/** The scopes of a user's roles with all that they imply. Names that are no permission (any more) count for nothing. */
export function effectivePermissions(scopes: Iterable<string>): Set<Permission> {
  const effective = new Set<Permission>();
  for (const scope of scopes) {
    if (!isPermission(scope)) continue;
    effective.add(scope);
    const readTwin = scope.replace(/^write_/, 'read_');
    if (isPermission(readTwin)) effective.add(readTwin);
  }
  return effective;
}

/** The permissions as `whoami` shows them: a flag for each, `can_view_x` for `read_x`, `can_edit_x` for `write_x`. */
export function permissionFlags(permissions: ReadonlySet<Permission>): Record<string, boolean> {
  return Object.fromEntries(
    PERMISSION_NAMES.map((name) => [
      `can_${name.replace('read_', 'view_').replace('write_', 'edit_')}`,
      permissions.has(name),
    ]),
  );
}
