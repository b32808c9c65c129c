import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PERMISSION_NAMES } from '#src/auth/permissions.js';
import { hashPersonalAccessToken } from '#src/auth/personal-access-token.js';
import { upload } from '../support/backup-client.js';
import { editedAuthBackup, withFile } from '../support/edited-backup.js';
import { liveDigests } from '../support/live-state.js';
import { TestServer } from '../support/test-server.js';
import { makeTwoStates, type SavedState } from '../support/two-states.js';
import {
  administers,
  type AuthContent,
  authContents,
  insertsOf,
  type Secret,
  SECRETS,
} from './random-auth.js';

const RUNS = Math.ceil(Number(process.env.FLOWG_TEST_AUTH_DATABASES ?? 1000) / 40);

let server: TestServer;
let root: string;
let states: [SavedState, SavedState];
let hashes: Record<Secret, string>;

beforeAll(async () => {
  server = await TestServer.start();
  root = await server.createToken(await server.login());
  await server.createUser(root, 'somebody', ['send_logs']);
  for (const secret of SECRETS)
    await server.ok('PUT', `/api/v1/users/${secret}`, { token: root, json: { roles: [], password: secret } });
  states = await makeTwoStates(server, root);
  hashes = await passwordHashes(states[0].backups.auth);
});
afterAll(() => server.stop());

/** Of the users that have a secret for a name and for a password. */
async function passwordHashes(backup: Buffer): Promise<Record<Secret, string>> {
  const select = 'SELECT name, password_hash FROM users';
  const rows = await withFile(backup, (connection) =>
    connection.all<{ name: Secret; password_hash: string }>(select),
  );
  return Object.fromEntries(rows.map((row) => [row.name, row.password_hash])) as Record<Secret, string>;
}

const tokenOf = (secret: Secret) => `pat_${secret}`;
const authDigest = async () => (await liveDigests(server.dataDir)).auth;
const mayWriteAcls = async (token: string) => {
  const json = { scopes: ['send_logs'] };
  return (await server.request('PUT', '/api/v1/roles/probe', { token, json })).status === 200;
};

function backupOf(content: AuthContent): Promise<Buffer> {
  const inserts = insertsOf(
    content,
    (secret) => hashes[secret],
    (secret) => hashPersonalAccessToken(tokenOf(secret)),
  );
  return editedAuthBackup(states[0].backups.auth, 'DELETE FROM users', 'DELETE FROM roles', ...inserts);
}

it(
  `whoever restores one of ${RUNS} random auth databases can still administer`,
  { timeout: 600_000 },
  async () => {
    const counts = { accepted: 0, refused: 0 };
    let administrator = root;
    const property = fc.asyncProperty(
      authContents.filter(({ users, ...rest }) =>
        Object.keys(users).some((user) => administers({ users, ...rest }, user)),
      ),
      authContents,
      fc.nat(),
      async (before, after, choice) => {
        const begun = await upload(
          server,
          administrator,
          'auth',
          await backupOf(before),
          '?allow_lockout=true',
        );
        expect(begun.status, begun.text).toBe(200);
        const { user, password, credentials } = await callerOf(before, choice);
        const credential = credentials[choice % credentials.length]!;
        const old = await authDigest();

        const { status, text } = await upload(server, credential, 'auth', await backupOf(after));
        administrator = credential;
        if (status === 200) {
          counts.accepted++;
          if (!(await mayWriteAcls(administrator))) administrator = await server.login(user, password);
          expect(await mayWriteAcls(administrator), 'what they had still works').toBe(true);
        } else {
          counts.refused++;
          expect(status, text).toBe(409);
          expect(await authDigest()).toBe(old);
        }
      },
    );
    await fc.assert(property, { numRuns: RUNS, seed: 7 });
    const home = await upload(server, administrator, 'auth', states[0].backups.auth, '?allow_lockout=true');
    expect(home.status, home.text).toBe(200);
    console.log(`random auth databases over HTTP: ${JSON.stringify(counts)}`);
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(0);
  },
);

/** One of the administrators, with everything that they have to come with. */
async function callerOf(content: AuthContent, choice: number) {
  const administrators = Object.keys(content.users).filter((user) => administers(content, user));
  const user = administrators[choice % administrators.length]!;
  const password = content.users[user]!;
  const tokens = Object.values(content.tokens).filter((token) => token.user === user);
  const credentials = [await server.login(user, password), ...tokens.map(({ secret }) => tokenOf(secret))];
  return { user, password, credentials };
}

describe('nobody gets a permission', () => {
  const SCOPES = {
    config: ['write_pipelines', 'write_transformers', 'write_alerts'],
    logs: ['write_streams'],
  } as const;

  it.each(['config', 'logs'] as const)('by a restore of %s', async (name) => {
    await server.ok('PUT', '/api/v1/roles/somebody-role', { token: root, json: { scopes: SCOPES[name] } });
    const somebody = await server.login('somebody', 'somebody-password');
    const old = await authDigest();
    const files = [states[1].backups[name], states[0].backups[name], states[1].backups.auth];
    const statuses: number[] = [];
    for (const file of files) statuses.push((await upload(server, somebody, name, file)).status);
    expect(statuses).toEqual([200, 200, 400]);
    expect(await authDigest()).toBe(old);
    expect(await mayWriteAcls(somebody)).toBe(false);
  });

  it(`by whatever is asked for with one of ${RUNS} sets of permissions without write_acls`, async () => {
    const others = PERMISSION_NAMES.filter((permission) => permission !== 'write_acls');
    const property = fc.asyncProperty(fc.subarray(others), async (scopes) => {
      await server.ok('PUT', '/api/v1/roles/somebody-role', { token: root, json: { scopes } });
      const jwt = await server.login('somebody', 'somebody-password');
      const token = await server.createToken(jwt);
      const old = await authDigest();
      const all = { scopes: PERMISSION_NAMES };
      for (const [method, path, json] of [
        ['PUT', 'roles/somebody-role', all],
        ['PUT', 'roles/new', all],
        ['DELETE', 'roles/admin'],
        ['PUT', 'users/somebody', { roles: ['admin'], password: 'x' }],
        ['PUT', 'users/new', { roles: ['admin'], password: 'x' }],
        ['DELETE', 'users/root'],
      ] as const)
        expect((await server.request(method, `/api/v1/${path}`, { token, json })).status, path).toBe(403);
      for (const query of ['', '?allow_lockout=true'])
        expect((await upload(server, token, 'auth', states[1].backups.auth, query)).status).toBe(403);
      expect(await authDigest()).toBe(old);
    });
    await fc.assert(property, { numRuns: RUNS, seed: 11 });
  });
});
