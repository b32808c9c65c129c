import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '#src/auth/caller.js';
import { CallersService } from '#src/auth/callers.service.js';
import { CallersStore } from '#src/auth/callers.store.js';
import { hashPersonalAccessToken } from '#src/auth/personal-access-token.js';
import { AuthFixture, SOME_HASH, userWith } from './staged-auth.js';

const UUID = '0b0f1f0c-5d2e-4d3c-8a55-5a1d6a0f3f6e';
const OTHER_HASH = SOME_HASH.replace(/A{4}$/, 'BBBA');

let live: AuthFixture;
let backup: AuthFixture;

beforeAll(async () => {
  [live, backup] = await Promise.all([AuthFixture.create(), AuthFixture.create()]);
});
beforeEach(() => Promise.all([live.clear(), backup.clear()]));
afterAll(() => Promise.all([live.remove(), backup.remove()]));

function tokenOf(user: string, token: string, uuid = UUID): string {
  return `INSERT INTO tokens VALUES ('${uuid}', '${user}', '${hashPersonalAccessToken(token)}')`;
}

describe('the rows of a backup', () => {
  it('are accepted when the API could have written them', async () => {
    const names = ['a/b', "O''Hara", '日本', 'é'.repeat(127)];
    await backup.sql(
      ...names.flatMap((name) => userWith(name.slice(0, 100), ['write_acls', 'send_logs'])),
      tokenOf('a/b', 'pat_a'),
      "INSERT INTO user_roles VALUES ('a/b', 'a role that does not exist')",
    );
    const staged = await live.stageBackupOf(backup);
    expect(staged.rows).toEqual({ users: 4, roles: 4, tokens: 1 });
    await expect(live.policy.validate(staged)).resolves.toBeUndefined();
    await staged.discard();
  });

  it.each([
    [
      'a long user',
      `INSERT INTO users VALUES ('${'x'.repeat(256)}', '${SOME_HASH}')`,
      /^the user name "x{80}" is/,
    ],
    ['a NUL in a user', `INSERT INTO users VALUES ('a' || char(0), '${SOME_HASH}')`, /^the user name .*NUL/],
    [
      'a user that is not UTF-8',
      `INSERT INTO users VALUES (CAST(x'ff41' AS TEXT), '${SOME_HASH}')`,
      /^users row .* not UTF-8$/,
    ],
    [
      'a bad user before all others',
      `INSERT INTO users (rowid, name, password_hash) VALUES (-9223372036854775808, 'v', 'none')`,
      /^the password hash of the user "v"/,
    ],
    [
      'a bad user behind 1,000 others whose numbers no number of JavaScript tells apart',
      `INSERT INTO users (rowid, name, password_hash)
       WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
       SELECT 9223372036854774800 + i, 'v' || i, iif(i < 1000, '${SOME_HASH}', 'none') FROM n`,
      /^the password hash of the user "v1000"/,
    ],
    ['a long role', `INSERT INTO roles VALUES ('${'x'.repeat(256)}')`, /^the role name /],
    ['a long role of a user', `INSERT INTO user_roles VALUES ('u', '${'x'.repeat(256)}')`, /^the role name /],
    [
      'an unknown scope',
      "INSERT INTO role_scopes VALUES ('u-role', 'root')",
      /"u-role" has the unknown scope "root"/,
    ],
    ['no password hash', "UPDATE users SET password_hash = ''", /^the password hash of the user "u" is not/],
    [
      'a hash that would burn the server',
      "UPDATE users SET password_hash = replace(password_hash, 'm=19456', 'm=4194304')",
      /^the password hash of the user "u"/,
    ],
    ['a token that is no UUID', tokenOf('u', 'pat_a', 'mine'), /has the UUID "mine", which is none$/],
    [
      'a token hash in another form',
      `INSERT INTO tokens VALUES ('${UUID}', 'u', '${'A'.repeat(64)}')`,
      /^the hash of the token 0b0f/,
    ],
  ])('are refused with %s', async (_what, statement, reason) => {
    await backup.sql(...userWith('u', ['write_acls']), statement);
    const refusal = live.policy.validate(backup.database);
    await expect(refusal).rejects.toMatchObject({ check: 'content', message: expect.stringMatching(reason) });
  });
});

describe('an administrator in the backup', () => {
  const cases: [string, string[], boolean][] = [
    ['nobody at all', [], false],
    ['a reader only', userWith('u', ['read_acls', 'write_streams']), false],
    [
      'the role, but no user with it',
      ["INSERT INTO roles VALUES ('r')", "INSERT INTO role_scopes VALUES ('r', 'write_acls')"],
      false,
    ],
    ['a user with a role that is gone', [...userWith('u', ['write_acls']), 'DELETE FROM roles'], false],
    ['somebody', userWith('u', ['write_acls']), true],
  ];

  it.each(cases)('with %s', async (_what, statements, enough) => {
    await backup.sql(...statements);
    const verdict = live.policy.requireAdministrator(backup.database);
    if (enough) await expect(verdict).resolves.toBeUndefined();
    else
      await expect(verdict).rejects.toMatchObject({
        code: 'CONFLICT',
        message: expect.stringMatching(/write_acls/),
      });
  });
});

describe('the way back of the caller', () => {
  const permissions = new Set(['write_acls'] as const);
  const JWT: Caller = { user: 'me', permissions, credential: { kind: 'jwt', expiresMs: Infinity } };
  const PAT: Caller = { user: 'me', permissions, credential: { kind: 'pat', tokenUuid: UUID } };
  const me = (scopes = ['write_acls'], hash = SOME_HASH) => userWith('me', scopes, hash);

  it.each<[string, Caller, string[], boolean]>([
    ['JWT, user there', JWT, me(['write_acls'], OTHER_HASH), true],
    [
      'JWT, user without the permission',
      JWT,
      [...me(['read_acls']), ...userWith('u', ['write_acls'])],
      false,
    ],
    ['JWT, user not there', JWT, userWith('u', ['write_acls']), false],
    ['PAT, same token', PAT, [...me(['write_acls'], OTHER_HASH), tokenOf('me', 'pat_live')], true],
    ['PAT, same password', PAT, me(), true],
    ['PAT, neither', PAT, me(['write_acls'], OTHER_HASH), false],
    [
      'PAT, another token of that UUID',
      PAT,
      [...me(['write_acls'], OTHER_HASH), tokenOf('me', 'pat_x')],
      false,
    ],
    [
      'PAT, that token is now of somebody else',
      PAT,
      [...me(['write_acls'], OTHER_HASH), ...userWith('u', []), tokenOf('u', 'pat_live')],
      false,
    ],
    ['PAT, same token, without the permission', PAT, [...me([]), tokenOf('me', 'pat_live')], false],
  ])('%s', async (_what, caller, statements, open) => {
    await live.sql(...me(), tokenOf('me', 'pat_live'));
    await backup.sql(...statements);
    const verdict = live.policy.requireWayBack(backup.database, caller);
    if (open) await expect(verdict).resolves.toBeUndefined();
    else
      await expect(verdict).rejects.toMatchObject({
        code: 'CONFLICT',
        message: expect.stringMatching(/\("me"\).*`\?allow_lockout=true`/),
      });
  });
});

it('the callers are those of the backup as soon as it is live', async () => {
  await live.sql(...userWith('before', ['write_acls']), tokenOf('before', 'pat_before'));
  await backup.sql(...userWith('after', ['read_streams']), tokenOf('after', 'pat_after'));
  const callers = new CallersService(new CallersStore(live.database));
  const staged = await live.stageBackupOf(backup);
  expect((await callers.ofToken('pat_before')).permissions).toEqual(new Set(['write_acls', 'read_acls']));

  await live.databases.generations.activate([staged], { restore: randomUUID() });
  expect(await callers.ofToken('pat_after')).toEqual({
    user: 'after',
    permissions: new Set(['read_streams']),
    credential: { kind: 'pat', tokenUuid: UUID },
  });
  await expect(callers.ofToken('pat_before')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  await expect(callers.ofUser('before', Infinity)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});
