import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from './api.js';
import { invalidParameters, matching, problem, success } from './expectation.js';
import { coversItsRoutes } from './route-coverage.js';
import { perform, scenarios } from './scenario.js';

/** Section 1.3: the Personal Access Tokens of whoever asks. */

const api = new Api();
beforeAll(() => api.start());
afterAll(() => api.stop());

const TOKENS = '/api/v1/tokens';
const CREATE = { method: 'POST', path: '/api/v1/token' } as const;
const PAT = matching(/^pat_[a-zA-Z0-9]{32}$/);
const UUID_V4 = matching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
const NEW_TOKEN = success({ token: PAT, token_uuid: UUID_V4 });
const NO_TOKENS = success({ token_uuids: [] });

scenarios(api, [
  { name: 'an empty list is a list', as: [], method: 'GET', path: TOKENS, answer: NO_TOKENS },
  { name: 'creating needs no body', as: ['send_logs'], ...CREATE, answer: NEW_TOKEN },
  { name: 'creating takes any body', as: ['send_logs'], ...CREATE, body: '{"name":', answer: NEW_TOKEN },
  {
    name: 'each sees its own only',
    as: ['send_logs'],
    method: 'GET',
    path: TOKENS,
    answer: success({ token_uuids: [UUID_V4, UUID_V4] }),
    next: [{ as: [], method: 'GET', path: TOKENS, answer: NO_TOKENS }],
  },
  {
    name: 'deleting what is not there is fine',
    method: 'DELETE',
    path: `${TOKENS}/00000000-0000-4000-8000-000000000000`,
    answer: success(),
  },
  {
    name: 'deleting what is no UUID',
    method: 'DELETE',
    path: `${TOKENS}/mine`,
    answer: invalidParameters({ 'path:token-uuid': [matching(/UUID/)] }),
  },
]);

describe('a token', () => {
  const asToken = (token: string, method: string, path: string) =>
    ({ as: 'guest', method, path, headers: { Authorization: `Bearer pat:${token}` } }) as const;

  it('has the rights of its user until it is deleted', async () => {
    const { token, token_uuid: uuid } = await api.ok('POST', CREATE.path, undefined, ['read_streams']);
    const gone = problem('UNAUTHENTICATED', 'unauthenticated: invalid token');
    await perform(
      api,
      { ...asToken(token, 'GET', '/api/v1/streams'), answer: success({ streams: {} }) },
      {
        ...asToken(token, 'DELETE', '/api/v1/streams/x'),
        answer: problem('PERMISSION_DENIED', 'permission denied'),
      },
      { ...asToken(token, 'GET', TOKENS), answer: success({ token_uuids: [uuid] }) },
      { ...asToken(token, 'DELETE', `${TOKENS}/${uuid}`), answer: success() },
      { ...asToken(token, 'GET', TOKENS), answer: gone },
      { as: ['read_streams'], method: 'GET', path: TOKENS, answer: NO_TOKENS },
    );
  });

  it('of somebody else is neither deleted nor told of', async () => {
    const { token, token_uuid: uuid } = await api.ok('POST', CREATE.path, undefined, []);
    await perform(
      api,
      { method: 'DELETE', path: `${TOKENS}/${uuid}`, answer: success() },
      { ...asToken(token, 'GET', TOKENS), answer: success({ token_uuids: [uuid] }) },
    );
  });

  it('is listed in the order of the text', async () => {
    for (let n = 0; n < 5; n++) await api.ok('POST', CREATE.path);
    const { token_uuids: uuids } = await api.ok('GET', TOKENS);
    expect(uuids).toHaveLength(5);
    expect(uuids).toEqual(uuids.toSorted());
  });
});

coversItsRoutes(api, 'tokens');
