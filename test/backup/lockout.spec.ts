import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Digests, digestsOf, download, upload } from '../support/backup-client.js';
import { editedAuthBackup } from '../support/edited-backup.js';
import { TestServer } from '../support/test-server.js';

let server: TestServer;
/** Of the user `root`: in every backup that is restored with success here. */
let root: string;
let pristine: Buffer;

beforeAll(async () => {
  server = await TestServer.start();
  root = await server.createToken(await server.login());
  await server.createUser(root, 'alice', ['write_acls']);
  pristine = (await download(server, root, 'auth')).bytes;
});
afterAll(() => server.stop());

const state = () => digestsOf(server, root);
const statusOf = async (token: string) =>
  (await server.request('GET', '/api/v1/auth/whoami', { token })).status;

async function expectUnchanged(before: Digests): Promise<void> {
  expect(await state()).toEqual(before);
  const { restores } = await server.ok('GET', '/api/v1/restores?limit=1', { token: root });
  expect(restores[0]).toMatchObject({ database: 'auth', outcome: 'refused' });
}

describe('a backup in which nobody has write_acls', () => {
  it.each([
    ['no role has it', "DELETE FROM role_scopes WHERE scope = 'write_acls'"],
    ['no user has the role', 'DELETE FROM user_roles'],
    ['there is no user', 'DELETE FROM users'],
    ['the roles are gone', 'DELETE FROM roles'],
  ])('is refused, flag or not: %s', async (_what, statement) => {
    const bytes = await editedAuthBackup(pristine, statement);
    const before = await state();
    for (const query of ['', '?allow_lockout=true']) {
      const answer = await upload(server, root, 'auth', bytes, query);
      expect(answer.status, answer.text).toBe(409);
      expect(answer.body.status).toBe('CONFLICT');
      expect(answer.body.error).toMatch(
        /^no user in this backup has the permission write_acls: .*nothing was/,
      );
      await expectUnchanged(before);
    }
  });
});

describe('a caller who could not come back', () => {
  it('is warned, and may go on all the same: a token that is newer than the backup', async () => {
    // A new password as well: with the old one a new token could be made.
    const jwt = await server.login('alice', 'alice-password');
    const passwords = { old_password: 'alice-password', new_password: 'another password' };
    await server.ok('POST', '/api/v1/auth/change-password', { token: jwt, json: passwords });
    const token = await server.createToken(jwt);
    const before = await state();

    for (const query of ['', '?allow_lockout=false']) {
      const refused = await upload(server, token, 'auth', pristine, query);
      expect(refused.status, refused.text).toBe(409);
      expect(refused.body.error).toMatch(/you \("alice"\) would be locked out.*`\?allow_lockout=true`/);
      await expectUnchanged(before);
    }

    const answer = await upload(server, token, 'auth', pristine, '?allow_lockout=true');
    expect(answer.status, answer.text).toBe(200);
    expect(await statusOf(token)).toBe(401);
    expect(await statusOf(jwt), 'a JWT names the user, who is still there').toBe(200);
    expect(await server.login('alice', 'alice-password')).toBeTruthy();
  });

  it('is warned where the user is not in the backup, and out at once', async () => {
    const jwt = await server.createUser(root, 'late', ['write_acls']);
    const pat = await server.createToken(jwt);
    const before = await state();
    for (const token of [jwt, pat]) {
      const refused = await upload(server, token, 'auth', pristine);
      expect(refused.status, refused.text).toBe(409);
      expect(refused.body.error).toMatch(/you \("late"\) would be locked out/);
    }
    await expectUnchanged(before);

    expect((await upload(server, jwt, 'auth', pristine, '?allow_lockout=true')).status).toBe(200);
    expect(await Promise.all([jwt, pat, root].map(statusOf))).toEqual([401, 401, 200]);
    const login = { username: 'late', password: 'late-password' };
    expect((await server.request('POST', '/api/v1/auth/login', { json: login })).status).toBe(401);
  });

  it('is not warned where the password is the same, though the token is gone', async () => {
    const token = await server.createToken(await server.login());
    expect((await upload(server, token, 'auth', pristine)).status).toBe(200);
    expect(await Promise.all([token, root].map(statusOf))).toEqual([401, 200]);
  });
});

it('users whom a restore takes away are out at once, permissions it brings back count at once', async () => {
  const removed = await server.createUser(root, 'removed', ['read_streams']);
  const removedPat = await server.createToken(removed);
  const alice = await server.login('alice', 'alice-password');
  await server.ok('PUT', '/api/v1/roles/alice-role', { token: root, json: { scopes: [] } });
  const usersAs = async (token: string) => (await server.request('GET', '/api/v1/users', { token })).status;
  expect(await usersAs(alice)).toBe(403);

  expect((await upload(server, root, 'auth', pristine)).status).toBe(200);
  expect(await Promise.all([removed, removedPat].map(statusOf))).toEqual([401, 401]);
  expect(await usersAs(alice)).toBe(200);
});

it.each(['yes', '', 'TRUE', '1', 'true&allow_lockout=true'])(
  'allow_lockout=%s is not understood, and nothing is changed',
  async (value) => {
    const before = await state();
    const answer = await upload(server, root, 'auth', pristine, `?allow_lockout=${value}`);
    expect(answer.status, answer.text).toBe(400);
    expect(answer.body).toEqual({
      status: 'INVALID_ARGUMENT',
      error: 'invalid argument: validation failed',
      context: { 'query:allow_lockout': ['true or false'] },
    });
    expect(await state()).toEqual(before);
  },
);
