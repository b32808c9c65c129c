import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestServer } from '../support/test-server.js';

let server: TestServer;
let admin: string;
let alice: string;

beforeAll(async () => {
  server = await TestServer.start();
  admin = await server.login();
  alice = await server.createUser(admin, 'alice', []);
});
afterAll(() => server.stop());

const list = async (token: string) => (await server.ok('GET', '/api/v1/tokens', { token })).token_uuids;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

it('starts with an empty list', async () => {
  const answer = await server.request('GET', '/api/v1/tokens', { token: alice });
  expect(answer.status).toBe(200);
  expect(answer.text).toBe('{"success":true,"token_uuids":[]}\n');
});

it('creates tokens that act as their user, lists them sorted, deletes them at once', async () => {
  const created = [];
  for (let n = 0; n < 3; n++) created.push(await server.ok('POST', '/api/v1/token', { token: alice }));
  for (const answer of created) {
    expect(answer).toEqual({
      success: true,
      token: expect.stringMatching(/^pat_[a-zA-Z0-9]{32}$/),
      token_uuid: expect.stringMatching(UUID),
    });
    const { user } = await server.ok('GET', '/api/v1/auth/whoami', { token: answer.token });
    expect(user.name).toBe('alice');
  }
  const uuids: string[] = created.map(({ token_uuid }) => token_uuid);
  expect(await list(alice)).toEqual(uuids.toSorted());

  const deletion = await server.request('DELETE', `/api/v1/tokens/${uuids[0]!.toUpperCase()}`, {
    token: created[1]!.token,
  });
  expect(deletion.text).toBe('{"success":true}\n');
  expect(await list(alice)).toEqual(uuids.slice(1).toSorted());
  const answer = await server.request('GET', '/api/v1/auth/whoami', { token: created[0]!.token });
  expect(answer.body).toEqual({ status: 'UNAUTHENTICATED', error: 'unauthenticated: invalid token' });
});

it("neither shows nor deletes somebody else's tokens", async () => {
  const { token, token_uuid } = await server.ok('POST', '/api/v1/token', { token: alice });
  expect(await list(admin)).not.toContain(token_uuid);
  const answer = await server.request('DELETE', `/api/v1/tokens/${token_uuid}`, { token: admin });
  expect(answer.body).toEqual({ success: true });
  await server.ok('GET', '/api/v1/auth/whoami', { token });
});

it('refuses what is no UUID', async () => {
  const answer = await server.request('DELETE', '/api/v1/tokens/mine', { token: alice });
  expect(answer.status).toBe(400);
  expect(answer.body).toEqual({
    status: 'INVALID_ARGUMENT',
    error: 'invalid argument: validation failed',
    context: { 'path:token-uuid': ['a UUID is needed'] },
  });
});

it.each([
  ['GET', '/api/v1/tokens'],
  ['POST', '/api/v1/token'],
  ['DELETE', '/api/v1/tokens/0b0f1f0c-5d2e-4d3c-8a55-5a1d6a0f3f6e'],
])('needs a login: %s %s', async (method, path) => {
  const answer = await server.request(method, path);
  expect(answer.status).toBe(401);
  expect(answer.body.error).toBe('unauthenticated: missing token');
});
