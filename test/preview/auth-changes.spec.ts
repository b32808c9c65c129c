import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { authSchema } from '#src/auth/auth.schema.js';
import { AuthChangesService } from '#src/auth/changes/auth-changes.service.js';
import { effectivePermissions } from '#src/auth/permissions.js';
import { ANSWER_LIMITS, NO_LIMITS } from '#src/changes/change-limits.js';
import { applied, type AuthState, authStates, fillAuth } from './auth-model.js';
import { TwoSides } from './two-sides.js';

const service = new AuthChangesService();
let two: TwoSides;

beforeAll(async () => {
  const definition = { ...authSchema, name: 'auth', directory: '', durability: 'full' } as const;
  two = await TwoSides.create(definition, ['tokens', 'user_roles', 'users', 'role_scopes', 'roles']);
});
afterEach(() => two.clear());
afterAll(() => two.close());

/** What each user may do, worked out from nothing but the state. */
function permissionsIn(state: AuthState, user: string): Set<string> {
  const roles = state.users.get(user)?.roles ?? [];
  return effectivePermissions([...roles].flatMap((role) => [...(state.roles.get(role) ?? [])]));
}

describe('the changes between two auth databases', () => {
  it('make the new state of the old one, for any two states, and hold no secret', async () => {
    await fc.assert(
      fc.asyncProperty(authStates, authStates, async (old, young) => {
        await two.clear();
        await fillAuth(two.before, old);
        await fillAuth(two.after, young);
        const changes = await service.between(...two.sides, NO_LIMITS);
        expect(applied(old, changes, young)).toEqual(young);
        expect(JSON.stringify(changes)).not.toMatch(/hash-of|f{8}/);

        const shown = new Map(changes.permissions.map(({ user, ...change }) => [user, change]));
        for (const user of new Set([...old.users.keys(), ...young.users.keys()])) {
          const [may, will] = [permissionsIn(old, user), permissionsIn(young, user)];
          const { gained, lost } = shown.get(user) ?? { gained: [], lost: [] };
          expect(new Set(gained)).toEqual(new Set([...will].filter((name) => !may.has(name))));
          expect(new Set(lost)).toEqual(new Set([...may].filter((name) => !will.has(name))));
        }
        const nothing = changes.permissions.filter(({ gained, lost }) => gained.length + lost.length === 0);
        expect(nothing).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('of equal states are none', async () => {
    const [state] = fc.sample(authStates, { numRuns: 1, seed: 7 });
    await fillAuth(two.before, state!);
    await fillAuth(two.after, state!);
    const none = { added: [], changed: [], removed: [] };
    expect(await service.between(...two.sides)).toEqual({
      users: none,
      roles: none,
      tokens: none,
      permissions: [],
    });
  });

  it('tell what a change of a role means for those who have it', async () => {
    for (const [side, scope] of [
      [two.before, 'write_acls'],
      [two.after, 'read_acls'],
    ] as const) {
      await side.query(`INSERT INTO users VALUES ('ann', 'x')`);
      await side.query(`INSERT INTO roles VALUES ('ops')`);
      await side.query(`INSERT INTO user_roles VALUES ('ann', 'ops')`);
      await side.query('INSERT INTO role_scopes VALUES (?, ?)', ['ops', scope]);
    }
    const changes = await service.between(...two.sides);
    expect(changes.permissions).toEqual([{ user: 'ann', gained: [], lost: ['write_acls'] }]);
    expect(changes.users.changed).toEqual([]);
    expect(changes.roles.changed).toEqual([
      { name: 'ops', scopes_added: ['read_acls'], scopes_removed: ['write_acls'] },
    ]);
  });

  it('are shown up to a limit and counted beyond it, also those inside of one user', async () => {
    const numbers = 'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)';
    await two.after.query(`INSERT INTO users ${numbers} SELECT printf('user-%05d', i), 'x' FROM n`);
    await two.after.query(`INSERT INTO user_roles ${numbers} SELECT 'user-00002', 'role-' || i FROM n`);
    const { users, permissions } = await service.between(...two.sides, { ...ANSWER_LIMITS, names: 2000 });
    expect(users.added).toHaveLength(1000);
    expect(users.more).toEqual({ added: 2000, changed: 0, removed: 0 });
    expect(users.added.map(({ name }) => name).slice(0, 2)).toEqual(['user-00001', 'user-00003']);
    expect(permissions).toEqual([]);
    const all = await service.between(...two.sides, NO_LIMITS);
    expect(all.users.added).toHaveLength(3000);
    expect(all.users.added[1]!.roles).toHaveLength(3000);
    expect(all.users.more).toBeUndefined();
  });

  it('count users who gain or lose permissions beyond the limit', async () => {
    await two.after.query(`INSERT INTO roles VALUES ('r')`);
    await two.after.query(`INSERT INTO role_scopes VALUES ('r', 'send_logs')`);
    for (const name of ['a', 'b', 'c']) {
      await two.after.query('INSERT INTO users VALUES (?, ?)', [name, 'x']);
      await two.after.query('INSERT INTO user_roles VALUES (?, ?)', [name, 'r']);
    }
    const changes = await service.between(...two.sides, { ...ANSWER_LIMITS, items: 2 });
    expect(changes.permissions.map(({ user }) => user)).toEqual(['a', 'b']);
    expect(changes.more_permissions).toBe(1);
  });
});
