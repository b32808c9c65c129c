import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PERMISSION_NAMES } from '#src/auth/permissions.js';
import { type Forgery, forgeJwt, inSeconds, SECRET_KEY } from '../auth/forged-jwt.js';
import { Api, type Ask } from './api.js';
import { type Expectation, invalid, matching, problem, success } from './expectation.js';
import { coversItsRoutes } from './route-coverage.js';
import { perform, scenarios, type Step } from './scenario.js';

/** Sections 1.1 and 1.2: who somebody is, and how they say it. */

const api = new Api({ FLOWG_SECRET_KEY: SECRET_KEY });
beforeAll(() => api.start());
afterAll(() => api.stop());

const LOGIN = '/api/v1/auth/login';
const WHOAMI = '/api/v1/auth/whoami';
const CHANGE = '/api/v1/auth/change-password';

const JWT = matching(/^eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9\.[\w-]+\.[\w-]{43}$/);
const unauthenticated = (text: string | RegExp) =>
  problem('UNAUTHENTICATED', typeof text === 'string' ? `unauthenticated: ${text}` : text);

const ANY_NAME = matching(/./);

/** In the order of the contract. */
const FLAGS = ['pipelines', 'transformers', 'streams', 'alerts', 'acls']
  .flatMap((what) => [`can_view_${what}`, `can_edit_${what}`])
  .concat('can_send_logs');
const flags = (...granted: string[]) =>
  Object.fromEntries(FLAGS.map((name) => [name, granted.includes(name)]));
const whoamiOf = (name: unknown, roles: unknown, ...granted: string[]) =>
  success({ user: { name, roles }, permissions: flags(...granted) });

const asGuest = { as: 'guest', method: 'POST', path: LOGIN } as const;
const asks = (authorization: string) =>
  ({ as: 'guest', method: 'GET', path: WHOAMI, headers: { Authorization: authorization } }) as const;

describe('login', () => {
  scenarios(api, [
    {
      name: 'a JSON Web Token for the user that there is at first',
      ...asGuest,
      json: { username: 'root', password: 'root' },
      answer: success({ token: JWT }),
    },
    {
      name: 'a wrong password',
      ...asGuest,
      json: { username: 'root', password: 'wrong' },
      answer: unauthenticated('invalid credentials'),
    },
    {
      name: 'an unknown user, in the same words',
      ...asGuest,
      json: { username: 'nobody', password: 'root' },
      answer: unauthenticated('invalid credentials'),
    },
    { name: 'nothing', ...asGuest, json: {}, answer: unauthenticated('invalid credentials') },
    {
      name: 'a user that is a number',
      ...asGuest,
      json: { username: 5, password: 'root' },
      answer: invalid(/^invalid argument: username: /),
    },
    {
      name: 'a password that is a list',
      ...asGuest,
      json: { username: 'root', password: ['root'] },
      answer: invalid(/^invalid argument: password: /),
    },
    {
      name: 'a bad token beside it does not matter',
      ...asGuest,
      headers: { Authorization: 'Bearer jwt:garbage' },
      json: { username: 'root', password: 'root' },
      answer: success({ token: JWT }),
    },
  ]);

  it('makes tokens of exactly three claims, for 24 hours', async () => {
    const { token } = await api.ok('POST', LOGIN, { username: 'root', password: 'root' }, 'guest');
    const [, claims] = token.split('.').map((part: string) => Buffer.from(part, 'base64url').toString());
    const { exp, ...others } = JSON.parse(claims);
    expect(others).toEqual({ iss: 'flowg', sub: 'root' });
    expect(Math.abs(exp - inSeconds(24 * 3600))).toBeLessThan(60);
  });
});

describe('the Authorization header', () => {
  const missing = unauthenticated('missing token');
  const nobody = `Bearer pat:pat_${'a'.repeat(32)}`;

  scenarios(api, [
    { name: 'none', as: 'guest', method: 'GET', path: WHOAMI, answer: missing },
    { name: 'another scheme', ...asks('Basic cm9vdDpyb290'), answer: missing },
    { name: 'no kind of token', ...asks('Bearer secret'), answer: missing },
    { name: 'no scheme', ...asks('pat:pat_x'), answer: missing },
    { name: 'an unknown PAT', ...asks(nobody), answer: unauthenticated('invalid token') },
    {
      name: 'a JWT that cannot be read',
      ...asks('Bearer jwt:garbage'),
      answer: unauthenticated(/^unauthenticated: failed to parse JWT: token is malformed: ./),
    },
    {
      name: 'a refusal says how to ask',
      ...asks(nobody),
      answer: { status: 401, headers: { 'www-authenticate': 'Bearer realm="flowg"' } },
    },
    {
      name: 'a token in a cookie is none',
      as: 'guest',
      method: 'GET',
      path: WHOAMI,
      headers: { Cookie: `token=${forgeJwt()}` },
      answer: missing,
    },
    {
      name: 'a token in the URL is refused',
      method: 'GET',
      path: `${WHOAMI}?access_token=x`,
      answer: unauthenticated(/^unauthenticated: a token in the URL ends up in logs/),
    },
  ]);

  it.each(['Bearer jwt:', 'bearer JWT:', 'BEARER Jwt:'])('%s<token>', async (prefix) => {
    await perform(api, { ...asks(prefix + forgeJwt()), answer: whoamiOf('root', ['admin'], ...FLAGS) });
  });

  it.each(['Bearer pat:', 'bearer PAT:'])('%s<token>', async (prefix) => {
    const { token } = await api.ok('POST', '/api/v1/token');
    await perform(api, { ...asks(prefix + token), answer: whoamiOf('root', ['admin'], ...FLAGS) });
  });

  it('bare tokens, as later versions write them', async () => {
    const { token } = await api.ok('POST', '/api/v1/token');
    for (const bare of [forgeJwt(), `jwt_${forgeJwt()}`, token])
      await perform(api, { ...asks(`Bearer ${bare}`), answer: whoamiOf('root', ['admin'], ...FLAGS) });
  });
});

describe('a JSON Web Token', () => {
  const refusals: [name: string, forgery: Forgery, text: string][] = [
    ['that has expired', { claims: { exp: inSeconds(-60) } }, 'token has invalid claims: token is expired'],
    ['of another key', { key: 'not the key' }, 'token signature is invalid: signature is invalid'],
    [
      'of another HMAC algorithm',
      { header: { alg: 'HS512' }, digest: 'sha512' },
      'token signature is invalid: signature is invalid',
    ],
    ['of another issuer', { claims: { iss: 'other' } }, 'token has invalid claims: token has invalid issuer'],
    [
      'without an end',
      { claims: { exp: undefined } },
      'token has invalid claims: token is missing required claim',
    ],
  ];

  it.each(refusals)('%s is refused', async (_name, forgery, text) => {
    const answer = unauthenticated(`failed to parse JWT: ${text}`);
    await perform(api, { ...asks(`Bearer jwt:${forgeJwt(forgery)}`), answer });
  });

  it('of a user who is gone is refused', async () => {
    const token = forgeJwt({ claims: { sub: 'gone' } });
    await perform(api, { ...asks(`Bearer jwt:${token}`), answer: unauthenticated('invalid token') });
  });
});

describe('whoami', () => {
  it('knows as many flags as there are permissions', () => {
    expect(FLAGS).toHaveLength(PERMISSION_NAMES.length);
  });

  scenarios(api, [
    {
      name: 'everything for the first user',
      method: 'GET',
      path: WHOAMI,
      answer: whoamiOf('root', ['admin'], ...FLAGS),
    },
    {
      name: 'nothing',
      as: [],
      method: 'GET',
      path: WHOAMI,
      answer: whoamiOf(ANY_NAME, [ANY_NAME]),
    },
    {
      name: 'a write scope is both flags, a read scope is one, sending stands alone',
      as: ['write_alerts', 'read_acls', 'send_logs'],
      method: 'GET',
      path: WHOAMI,
      answer: whoamiOf(
        ANY_NAME,
        [ANY_NAME],
        'can_view_alerts',
        'can_edit_alerts',
        'can_view_acls',
        'can_send_logs',
      ),
    },
  ]);
});

describe('change-password', () => {
  const change = { method: 'POST', path: CHANGE } as const;
  const wrong = problem('PERMISSION_DENIED', 'permission denied: invalid credentials');

  scenarios(api, [
    { name: 'a wrong old one', ...change, json: { old_password: 'x', new_password: 'y' }, answer: wrong },
    {
      name: 'an old one that is a number',
      ...change,
      json: { old_password: 5, new_password: 'new' },
      answer: invalid(/^invalid argument: old_password: /),
    },
    {
      name: 'a new one that is a number',
      ...change,
      json: { old_password: 'root', new_password: 5 },
      answer: invalid(/^invalid argument: new_password: /),
    },
    {
      name: 'an empty new one',
      ...change,
      json: { old_password: 'root', new_password: '' },
      answer: invalid('invalid argument: new_password: at least 1 character is needed'),
    },
  ]);

  it('keeps roles, logins and tokens', async () => {
    const jwt = (await api.tokenOf(['read_streams']))!;
    const { user } = await api.ok('GET', WHOAMI, undefined, ['read_streams']);
    const { token: pat } = await api.ok('POST', '/api/v1/token', undefined, ['read_streams']);
    const oldPassword = `${user.name}-password`;
    const loginWith = (password: string) => ({ ...asGuest, json: { username: user.name, password } });
    const same = whoamiOf(user.name, user.roles, 'can_view_streams');
    await perform(
      api,
      {
        ...change,
        as: ['read_streams'],
        json: { old_password: oldPassword, new_password: 'new' },
        answer: success(),
      },
      { ...loginWith('new'), answer: success({ token: JWT }) },
      { ...loginWith(oldPassword), answer: unauthenticated('invalid credentials') },
      { ...asks(`Bearer jwt:${jwt}`), answer: same },
      { ...asks(`Bearer pat:${pat}`), answer: same },
    );
  });
});

describe('too many failures in a minute', () => {
  const pause = {
    ...problem('TOO_MANY_REQUESTS', /^too many failed logins: try again in \d+ seconds$/),
    headers: { 'retry-after': matching(/^\d+$/) },
  };

  /** Ten times the same, then another answer. */
  const untilPause = (guess: Ask, refusal: Expectation): Step[] => [
    ...Array.from({ length: 10 }, () => Object.assign({ answer: refusal }, guess)),
    { ...guess, answer: pause },
  ];

  it('are answered by a pause, at login', async () => {
    const guess = { ...asGuest, json: { username: 'guessed', password: 'x' } };
    await perform(api, ...untilPause(guess, unauthenticated('invalid credentials')));
  });

  it('and at a change of the password', async () => {
    const guess: Ask = {
      as: [],
      method: 'POST',
      path: CHANGE,
      json: { old_password: 'x', new_password: 'y' },
    };
    const refusal = problem('PERMISSION_DENIED', 'permission denied: invalid credentials');
    await perform(api, ...untilPause(guess, refusal));
  });
});

coversItsRoutes(api, 'auth');
