import fc from 'fast-check';
import type { AuthChanges } from '#src/auth/changes/auth-changes.service.js';
import { PERMISSION_NAMES } from '#src/auth/permissions.js';
import type { StagedInMemory } from '../support/staged-in-memory.js';
import { insertRows, NAMES } from './two-sides.js';

/** What an auth database holds, as simply as it can be said. */
export interface AuthState {
  users: Map<string, { secret: string; roles: Set<string> }>;
  roles: Map<string, Set<string>>;
  tokens: Map<string, { user: string; secret: string }>;
}

const UUIDS = ['0', '1', '2', '3'].map((digit) => `${digit}b0f1f0c-5d2e-4d3c-8a55-5a1d6a0f3f6e`);

/** Nothing else in a test looks like them. */
const secrets = fc.constantFrom('hash-of-one', 'hash-of-two').map((text) => `${text}-`.padEnd(64, 'f'));

export const authStates: fc.Arbitrary<AuthState> = fc
  .record({
    users: fc.uniqueArray(
      fc.tuple(fc.constantFrom(...NAMES), fc.record({ secret: secrets, roles: fc.subarray(NAMES) })),
      { selector: ([name]) => name },
    ),
    roles: fc.uniqueArray(
      fc.tuple(fc.constantFrom(...NAMES), fc.subarray([...PERMISSION_NAMES, 'no_such_scope'])),
      { selector: ([name]) => name },
    ),
    tokens: fc
      .subarray(UUIDS)
      .chain((uuids) => fc.tuple(...uuids.map((uuid) => fc.tuple(fc.constant(uuid), fc.nat(), secrets)))),
  })
  .map(({ users, roles, tokens }) => ({
    users: new Map(users.map(([name, { secret, roles: own }]) => [name, { secret, roles: new Set(own) }])),
    roles: new Map(roles.map(([name, scopes]) => [name, new Set<string>(scopes)])),
    tokens: new Map(
      users.length === 0
        ? []
        : tokens.map(([uuid, n, secret]) => [
            uuid,
            // The hash of a token is unique in its database.
            { user: users[n % users.length]![0], secret: `${uuid.slice(0, 1)}${secret.slice(1)}` },
          ]),
    ),
  }));

export async function fillAuth(side: StagedInMemory, { users, roles, tokens }: AuthState): Promise<void> {
  await insertRows(
    side,
    'roles',
    [...roles.keys()].map((name) => [name]),
  );
  for (const [name, scopes] of roles)
    await insertRows(
      side,
      'role_scopes',
      [...scopes].map((scope) => [name, scope]),
    );
  await insertRows(
    side,
    'users',
    [...users].map(([name, { secret }]) => [name, secret]),
  );
  for (const [name, user] of users)
    await insertRows(
      side,
      'user_roles',
      [...user.roles].map((role) => [name, role]),
    );
  await insertRows(
    side,
    'tokens',
    [...tokens].map(([uuid, { user, secret }]) => [uuid, user, secret]),
  );
}

/**
 * The new state, made of the old one and the answer. Secrets are not in the answer: where it says that one is new, it is
 * looked up in `secretsOf`, and where it does not, the old one has to be right.
 */
export function applied(old: AuthState, changes: AuthChanges, secretsOf: AuthState): AuthState {
  const users = new Map(
    [...old.users].map(([name, { secret, roles }]) => [name, { secret, roles: new Set(roles) }]),
  );
  for (const { name, roles } of changes.users.removed) {
    requireEqual(sorted(users.get(name)!.roles), sorted(roles));
    users.delete(name);
  }
  for (const { name, roles } of changes.users.added)
    users.set(name, { secret: secretsOf.users.get(name)!.secret, roles: new Set(roles) });
  for (const { name, roles_added, roles_removed, password_changed } of changes.users.changed) {
    const user = users.get(name)!;
    exchange(user.roles, roles_added, roles_removed);
    if (password_changed) user.secret = secretsOf.users.get(name)!.secret;
  }
  const roles = new Map([...old.roles].map(([name, scopes]) => [name, new Set(scopes)]));
  for (const { name, scopes } of changes.roles.removed) {
    requireEqual(sorted(roles.get(name)!), sorted(scopes));
    roles.delete(name);
  }
  for (const { name, scopes } of changes.roles.added) roles.set(name, new Set(scopes));
  for (const { name, scopes_added, scopes_removed } of changes.roles.changed)
    exchange(roles.get(name)!, scopes_added, scopes_removed);
  return { users, roles, tokens: appliedTokens(old.tokens, changes.tokens, secretsOf.tokens) };
}

function appliedTokens(
  old: AuthState['tokens'],
  { added, changed, removed }: AuthChanges['tokens'],
  secretsOf: AuthState['tokens'],
): AuthState['tokens'] {
  const tokens = new Map(old);
  for (const { uuid, user } of removed) {
    requireEqual(tokens.get(uuid)!.user, user);
    tokens.delete(uuid);
  }
  for (const { uuid, user } of added) tokens.set(uuid, { user, secret: secretsOf.get(uuid)!.secret });
  for (const { uuid, user_before, user, value_changed } of changed) {
    requireEqual(tokens.get(uuid)!.user, user_before);
    tokens.set(uuid, { user, secret: (value_changed ? secretsOf : tokens).get(uuid)!.secret });
  }
  return tokens;
}

function exchange(set: Set<string>, added: string[], removed: string[]): void {
  for (const one of removed) if (!set.delete(one)) throw new Error(`${one} was not there`);
  for (const one of added) {
    if (set.has(one)) throw new Error(`${one} was there`);
    set.add(one);
  }
}

function sorted(texts: Iterable<string>): string {
  return JSON.stringify([...texts].toSorted());
}

function requireEqual(actual: string, expected: string): void {
  if (actual !== expected) throw new Error(`${actual} is not ${expected}`);
}
