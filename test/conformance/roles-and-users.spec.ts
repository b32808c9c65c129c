import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from './api.js';
import { type Expectation, invalid, matching, problem, success, wrongMethod } from './expectation.js';
import { refusesBadNames } from './names.js';
import { coversItsRoutes } from './route-coverage.js';
import { OFFERED_ROLES } from './offered-roles.js';
import { perform, scenarios } from './scenario.js';

/** Section 1.4, and the first user and role of section 2. */

const api = new Api();
beforeAll(() => api.start());
afterAll(() => api.stop());

const ROLES = '/api/v1/roles';
const USERS = '/api/v1/users';
const ADMIN = {
  name: 'admin',
  scopes: [
    'send_logs',
    'write_acls',
    'write_alerts',
    'write_pipelines',
    'write_streams',
    'write_transformers',
  ],
};
const ROOT = { name: 'root', roles: ['admin'] };
/** All roles are these, whose names stand before the others, and those that are offered. */
const listRoles = (...roles: object[]) => ({
  method: 'GET',
  path: ROLES,
  answer: success({ roles: [...roles, ...OFFERED_ROLES] }),
});
const listUsers = (...users: object[]) => ({ method: 'GET', path: USERS, answer: success({ users }) });
const saveRole = (name: string, json: unknown) => ({ method: 'PUT', path: `${ROLES}/${name}`, json });
const saveUser = (name: string, json: unknown) => ({ method: 'PUT', path: `${USERS}/${name}`, json });
const login = (username: string, password: string) =>
  ({ as: 'guest', method: 'POST', path: '/api/v1/auth/login', json: { username, password } }) as const;
const LOGGED_IN = success({ token: matching(/./) });
const NOT_LOGGED_IN = problem('UNAUTHENTICATED', 'unauthenticated: invalid credentials');

describe('roles', () => {
  scenarios(api, [
    { name: 'three at first', ...listRoles(ADMIN) },
    {
      name: 'made by saving, listed by name, scopes once each',
      ...saveRole('b', { scopes: ['send_logs', 'read_acls', 'send_logs'] }),
      answer: success(),
      next: [listRoles(ADMIN, { name: 'b', scopes: ['read_acls', 'send_logs'] })],
    },
    {
      name: 'replaced by saving',
      ...saveRole('b', { scopes: ['read_streams'] }),
      answer: success(),
      next: [listRoles(ADMIN, { name: 'b', scopes: ['read_streams'] })],
    },
    {
      name: 'of no scope: an empty list, not null',
      ...saveRole('b', {}),
      answer: success(),
      next: [listRoles(ADMIN, { name: 'b', scopes: [] })],
    },
    {
      name: 'an unknown scope writes nothing',
      ...saveRole('c', { scopes: ['read_acls', 'foo'] }),
      answer: invalid('invalid argument: invalid scope: foo'),
      next: [listRoles(ADMIN, { name: 'b', scopes: [] })],
    },
    {
      name: 'a scope of another case is unknown',
      ...saveRole('c', { scopes: ['READ_ACLS'] }),
      answer: invalid('invalid argument: invalid scope: READ_ACLS'),
    },
    {
      name: 'scopes that are a string',
      ...saveRole('c', { scopes: 'read_acls' }),
      answer: invalid(/^invalid argument: scopes: /),
    },
    {
      name: 'a scope that is a number',
      ...saveRole('c', { scopes: [5] }),
      answer: invalid(/^invalid argument: scopes\.0: /),
    },
    {
      name: 'deleted',
      method: 'DELETE',
      path: `${ROLES}/b`,
      answer: success(),
      next: [listRoles(ADMIN)],
    },
    { name: 'deleted again', method: 'DELETE', path: `${ROLES}/b`, answer: success() },
    {
      name: 'not seen one by one at this version',
      method: 'GET',
      path: `${ROLES}/admin`,
      answer: wrongMethod('PUT', 'DELETE'),
    },
  ]);
});

describe('users', () => {
  scenarios(api, [
    { name: 'one at first', ...listUsers(ROOT) },
    {
      name: 'made by saving, with roles that need not exist',
      ...saveUser('alice', { roles: ['no-such-role', 'admin'], password: 'one' }),
      answer: success(),
      next: [
        { ...login('alice', 'one'), answer: LOGGED_IN },
        listUsers({ name: 'alice', roles: ['admin', 'no-such-role'] }, ROOT),
      ],
    },
    {
      name: 'replaced by saving, the password too',
      ...saveUser('alice', { roles: ['reader'], password: 'two' }),
      answer: success(),
      next: [
        { ...login('alice', 'two'), answer: LOGGED_IN },
        { ...login('alice', 'one'), answer: NOT_LOGGED_IN },
        listUsers({ name: 'alice', roles: ['reader'] }, ROOT),
      ],
    },
    {
      name: 'of no role: an empty list, not null',
      ...saveUser('alice', { password: 'two' }),
      answer: success(),
      next: [listUsers({ name: 'alice', roles: [] }, ROOT)],
    },
    {
      name: 'a password is needed',
      ...saveUser('alice', { roles: [] }),
      answer: invalid('invalid argument: password: at least 1 character is needed'),
      next: [{ ...login('alice', 'two'), answer: LOGGED_IN }],
    },
    {
      name: 'an empty password is none',
      ...saveUser('alice', { roles: [], password: '' }),
      answer: invalid('invalid argument: password: at least 1 character is needed'),
    },
    {
      name: 'roles that are an object',
      ...saveUser('alice', { roles: {}, password: 'x' }),
      answer: invalid(/^invalid argument: roles: /),
    },
    {
      name: 'a role that is a number',
      ...saveUser('alice', { roles: [5], password: 'x' }),
      answer: invalid(/^invalid argument: roles\.0: /),
    },
    {
      name: 'a password that is a number',
      ...saveUser('alice', { password: 5 }),
      answer: invalid(/^invalid argument: password: /),
    },
    {
      name: 'deleted',
      method: 'DELETE',
      path: `${USERS}/alice`,
      answer: success(),
      next: [listUsers(ROOT), { ...login('alice', 'two'), answer: NOT_LOGGED_IN }],
    },
    { name: 'deleted again', method: 'DELETE', path: `${USERS}/alice`, answer: success() },
    {
      name: 'not changed in part at this version',
      method: 'PATCH',
      path: `${USERS}/root`,
      json: { roles: [] },
      answer: wrongMethod('PUT', 'DELETE'),
    },
  ]);
});

refusesBadNames(api, 'roles-and-users');

describe('what follows at once', () => {
  const asking = (kind: 'jwt' | 'pat', token: string, path: string) =>
    ({ as: 'guest', method: 'GET', path, headers: { Authorization: `Bearer ${kind}:${token}` } }) as const;
  const denied = problem('PERMISSION_DENIED', 'permission denied');
  const noToken = problem('UNAUTHENTICATED', 'unauthenticated: invalid token');

  it('a change of a role counts from the next request, and a user keeps the name of one that is gone', async () => {
    const jwt = await api.server.createUser((await api.tokenOf('root'))!, 'bob', ['read_alerts']);
    const listAlerts = asking('jwt', jwt, '/api/v1/alerts');
    await perform(
      api,
      { ...listAlerts, answer: success({ alerts: [] }) },
      { ...saveRole('bob-role', { scopes: ['read_streams'] }), answer: success() },
      { ...listAlerts, answer: denied },
      { ...saveRole('bob-role', { scopes: ['write_alerts'] }), answer: success() },
      { ...listAlerts, answer: success({ alerts: [] }) },
      { method: 'DELETE', path: `${ROLES}/bob-role`, answer: success() },
      { ...listAlerts, answer: denied },
      listUsers({ name: 'bob', roles: ['bob-role'] }, ROOT),
    );
  });

  it('saving a user keeps its tokens, deleting it ends them', async () => {
    const jwt = await api.server.createUser((await api.tokenOf('root'))!, 'carol', []);
    const pat = await api.server.createToken(jwt);
    const both = (answer: Expectation) => [
      { ...asking('jwt', jwt, '/api/v1/tokens'), answer },
      { ...asking('pat', pat, '/api/v1/tokens'), answer },
    ];
    await perform(
      api,
      { ...saveUser('carol', { password: 'another' }), answer: success() },
      ...both(success({ token_uuids: [matching(/./)] })),
      { method: 'DELETE', path: `${USERS}/carol`, answer: success() },
      ...both(noToken),
      { ...saveUser('carol', { password: 'again' }), answer: success() },
      { ...asking('pat', pat, '/api/v1/tokens'), answer: noToken },
    );
  });

  it('the last administrator may delete itself', async () => {
    await perform(
      api,
      { method: 'DELETE', path: `${USERS}/root`, answer: success() },
      { method: 'GET', path: USERS, answer: noToken },
      { ...login('root', 'root'), answer: NOT_LOGGED_IN },
    );
    expect(api.server.exited).toBe(false);
  });
});

coversItsRoutes(api, 'roles-and-users');
