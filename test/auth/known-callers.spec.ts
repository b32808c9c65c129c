import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuthDatabase } from '#src/auth/auth.database.js';
import type { Caller } from '#src/auth/caller.js';
import type { Credential } from '#src/auth/credential.js';
import { KnownCallers } from '#src/auth/known-callers.js';
import { LogsClient } from '../logs/logs-client.js';
import { download, upload } from '../support/backup-client.js';
import { TestServer } from '../support/test-server.js';

describe('what is remembered of callers', () => {
  const PAT: Credential = { kind: 'pat', token: 'pat_x' };
  const callerUntil = (expiresMs: number): Caller => ({
    user: 'u',
    permissions: new Set(),
    credential: { kind: 'jwt', expiresMs },
  });

  function remembering() {
    const database = { revision: 1 };
    return { database, known: new KnownCallers(database as AuthDatabase) };
  }

  it('is the same credential in the same form, and nothing that failed', async () => {
    const { known } = remembering();
    const caller = callerUntil(Infinity);
    await expect(known.findOrVerify(PAT, () => Promise.reject(new Error('unknown')))).rejects.toThrow();
    expect(known.find(PAT)).toBeUndefined();
    await known.findOrVerify(PAT, async () => caller);
    expect(known.find(PAT)).toBe(caller);
    expect(known.find({ kind: 'jwt', token: 'pat_x' })).toBeUndefined();
  });

  it('is nothing after a change, and nothing of what was looked up before one', async () => {
    const { database, known } = remembering();
    await known.findOrVerify(PAT, async () => callerUntil(Infinity));
    database.revision++;
    expect(known.find(PAT)).toBeUndefined();
    await known.findOrVerify(PAT, async () => {
      const caller = callerUntil(Infinity);
      database.revision++;
      return caller;
    });
    expect(known.find(PAT)).toBeUndefined();
  });

  it('ends with the token', async () => {
    const { known } = remembering();
    const past = callerUntil(Date.now() - 1);
    await known.findOrVerify(PAT, async () => past);
    expect(known.find(PAT)).toBeUndefined();
  });
});

describe('a caller of ordinary and of fast routes', () => {
  let server: TestServer;
  let root: string;

  beforeAll(async () => {
    server = await TestServer.start();
    root = await server.createToken(await server.login());
    await new LogsClient(server, root).route('p', 's');
  });
  afterAll(() => server.stop());

  /** What the two tokens of a user may do: look at streams, and send a log by the lane. */
  async function statuses(tokens: string[]): Promise<number[]> {
    const asked = tokens.flatMap((token) => [
      server.request('GET', '/api/v1/streams', { token }),
      server.request('POST', '/api/v1/pipelines/p/logs', { token, json: { record: { a: 'b' } } }),
    ]);
    return (await Promise.all(asked)).map(({ status }) => status);
  }

  async function userWith(name: string, scopes: string[]): Promise<string[]> {
    const jwt = await server.createUser(root, name, scopes);
    const tokens = [jwt, await server.createToken(jwt)];
    expect(await statuses(tokens)).toEqual(await statuses(tokens));
    return tokens;
  }

  const BOTH = ['read_streams', 'send_logs'];

  it('loses and gets rights with a role', async () => {
    const tokens = await userWith('moody', BOTH);
    for (const [scopes, expected] of [
      [['send_logs'], [403, 200, 403, 200]],
      [['read_streams'], [200, 403, 200, 403]],
      [BOTH, [200, 200, 200, 200]],
    ] as const) {
      await server.ok('PUT', '/api/v1/roles/moody-role', { token: root, json: { scopes } });
      expect(await statuses(tokens)).toEqual(expected);
    }
    await server.ok('DELETE', '/api/v1/roles/moody-role', { token: root });
    expect(await statuses(tokens)).toEqual([403, 403, 403, 403]);
  });

  it('is gone with a deleted token, or with the user', async () => {
    const [jwt, pat] = (await userWith('leaving', BOTH)) as [string, string];
    const [uuid] = (await server.ok('GET', '/api/v1/tokens', { token: jwt })).token_uuids;
    await server.ok('DELETE', `/api/v1/tokens/${uuid}`, { token: jwt });
    expect(await statuses([jwt, pat])).toEqual([200, 200, 401, 401]);
    await server.ok('DELETE', '/api/v1/users/leaving', { token: root });
    expect(await statuses([jwt, pat])).toEqual([401, 401, 401, 401]);
  });

  it('is what a restore says, and an undo of it', async () => {
    const early = await userWith('early', BOTH);
    const { bytes } = await download(server, root, 'auth');
    await server.ok('PUT', '/api/v1/roles/early-role', { token: root, json: { scopes: [] } });
    const late = await userWith('late', BOTH);
    expect(await statuses([...early, ...late])).toEqual([403, 403, 403, 403, 200, 200, 200, 200]);

    const { body } = await upload(server, root, 'auth', bytes);
    expect(await statuses([...early, ...late])).toEqual([200, 200, 200, 200, 401, 401, 401, 401]);

    await server.ok('POST', `/api/v1/restores/${body.restore_id}/undo`, { token: root });
    expect(await statuses([...early, ...late])).toEqual([403, 403, 403, 403, 200, 200, 200, 200]);
  });
});
