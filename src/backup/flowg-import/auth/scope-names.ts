import { isPermission } from '../../../auth/permissions.js';

/** What FlowG calls forwarders since v0.28 are alerts here. */
const RENAMED: Record<string, string> = {
  read_forwarders: 'read_alerts',
  write_forwarders: 'write_alerts',
};

/** @returns our name of one of FlowG's scopes, undefined for what there is no permission for here. */
export function scopeName(scope: string): string | undefined {
  const name = Object.hasOwn(RENAMED, scope) ? RENAMED[scope]! : scope;
  return isPermission(name) ? name : undefined;
}
