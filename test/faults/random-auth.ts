import * as fc from 'fast-check';
import { PERMISSION_NAMES } from '#src/auth/permissions.js';

/** Few of each kind, so that two random databases have much in common. */
export const USERS = ['root', 'ann', 'bob'] as const;
const ROLES = ['admin', 'team', 'gone'];
export const SECRETS = ['one', 'two'] as const;
export type Secret = (typeof SECRETS)[number];
export const UUIDS = ['0b0f1f0c-5d2e-4d3c-8a55-5a1d6a0f3f6e', '1b0f1f0c-5d2e-4d3c-8a55-5a1d6a0f3f6e'];

/** What an auth database holds, passwords and tokens as the secrets that they are of. */
export interface AuthContent {
  /** User to password. */
  users: Record<string, Secret>;
  /** Role to scopes. */
  roles: Record<string, string[]>;
  /** A user may have the name of a role that does not exist. */
  userRoles: [user: string, role: string][];
  /** UUID to owner and secret; no two have the same secret. */
  tokens: Record<string, { user: string; secret: Secret }>;
}

const scopes: fc.Arbitrary<string[]> = fc.oneof(
  fc.constant<string[]>(['write_acls']),
  fc.subarray(['read_acls', 'write_acls', 'send_logs']),
  fc.subarray([...PERMISSION_NAMES]),
);

function someOf<Value>(
  keys: readonly string[],
  value: fc.Arbitrary<Value>,
): fc.Arbitrary<Record<string, Value>> {
  return fc
    .subarray([...keys])
    .chain((chosen) => fc.record(Object.fromEntries(chosen.map((key) => [key, value]))));
}

export const authContents: fc.Arbitrary<AuthContent> = fc
  .record({
    users: someOf(USERS, fc.constantFrom(...SECRETS)),
    roles: someOf(ROLES, scopes),
    pairs: fc.subarray(USERS.flatMap((user) => ROLES.map((role): [string, string] => [user, role]))),
    owners: fc.array(fc.constantFrom(...USERS), { minLength: 2, maxLength: 2 }),
    swapped: fc.boolean(),
    kept: fc.subarray(UUIDS),
  })
  .map(({ users, roles, pairs, owners, swapped, kept }) => ({
    users,
    roles,
    userRoles: pairs.filter(([user]) => user in users),
    tokens: Object.fromEntries(
      UUIDS.map((uuid, index) => {
        const secret = SECRETS[swapped ? 1 - index : index]!;
        return [uuid, { user: owners[index]!, secret }] as const;
      }).filter(([uuid, { user }]) => kept.includes(uuid) && user in users),
    ),
  }));

/** Whether the user exists and one of its roles says `write_acls`. */
export function administers({ users, roles, userRoles }: AuthContent, user: string): boolean {
  if (!(user in users)) return false;
  return userRoles.some(([owner, role]) => owner === user && (roles[role] ?? []).includes('write_acls'));
}

/** Statements that fill an empty auth database with it. */
export function insertsOf(
  content: AuthContent,
  passwordHash: (secret: Secret) => string,
  tokenHash: (secret: Secret) => string,
): string[] {
  const rows = (table: string, values: string[][]) =>
    values.map((row) => `INSERT INTO ${table} VALUES (${row.map((value) => `'${value}'`).join()})`);
  return [
    ...rows(
      'users',
      Object.entries(content.users).map(([name, secret]) => [name, passwordHash(secret)]),
    ),
    ...rows(
      'roles',
      Object.keys(content.roles).map((role) => [role]),
    ),
    ...rows(
      'role_scopes',
      Object.entries(content.roles).flatMap(([role, list]) => list.map((scope) => [role, scope])),
    ),
    ...rows('user_roles', content.userRoles),
    ...rows(
      'tokens',
      Object.entries(content.tokens).map(([uuid, { user, secret }]) => [uuid, user, tokenHash(secret)]),
    ),
  ];
}
