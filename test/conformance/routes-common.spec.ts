import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawRequest } from '../support/raw-request.js';
import { Api, PATIENCE } from './api.js';
import { check } from './check.js';
import {
  invalid,
  invalidParameters,
  NO_SUCH_ROUTE,
  notFound,
  problem,
  success,
  wrongMethod,
} from './expectation.js';
import { bodyHeaders, concretePath, type Route, ROUTES, titled } from './routes.js';
import { perform, scenarios } from './scenario.js';

/** Section 1.0: in which order a request is judged. What is said of bodies: `json-bodies.spec.ts`. */

const api = new Api({ FLOWG_VERBOSE: 'true' });
beforeAll(() => api.start());
afterAll(() => api.stop());

const ROLE = '/api/v1/roles/common';
const TRANSFORMERS = '/api/v1/transformers';
const NO_TOKEN = problem('UNAUTHENTICATED', 'unauthenticated: missing token');
const NO_PERMISSION = problem('PERMISSION_DENIED', 'permission denied');

/** A request that nobody takes as it is, so that what is judged before its content shows. */
const malformed = (route: Route) => ({
  method: route.method,
  path: concretePath(route),
  ...(route.takes && { headers: bodyHeaders(route), body: '{' }),
});

describe('first the route', () => {
  scenarios(api, [
    { name: 'unknown', method: 'GET', path: '/api/v1/nothing', answer: NO_SUCH_ROUTE },
    { name: 'unknown, a guest', as: 'guest', method: 'POST', path: '/api/v1/nothing', answer: NO_SUCH_ROUTE },
    { name: 'unknown outside of /api', as: 'guest', method: 'GET', path: '/nothing', answer: NO_SUCH_ROUTE },
    { name: 'in other letters', method: 'GET', path: '/api/v1/Roles', answer: NO_SUCH_ROUTE },
    { name: 'with an empty name', method: 'PUT', path: '/api/v1/roles/', json: {}, answer: NO_SUCH_ROUTE },
    { name: 'no web interface: /', as: 'guest', method: 'GET', path: '/', answer: NO_SUCH_ROUTE },
    { name: 'no web interface: /web', as: 'guest', method: 'GET', path: '/web', answer: NO_SUCH_ROUTE },
    { name: 'no web interface: /web/', as: 'guest', method: 'GET', path: '/web/', answer: NO_SUCH_ROUTE },
  ]);

  const paths = [...new Set(ROUTES.map(({ path }) => path))];

  it.each(paths)('%s has its methods and no other', async (path) => {
    const routes = ROUTES.filter((one) => one.path === path);
    const methods: string[] = routes.map(({ method }) => method);
    const concrete = concretePath(routes[0]!);
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      if (methods.includes(method)) continue;
      await perform(api, { as: 'guest', method, path: concrete, answer: wrongMethod(...methods) });
    }
    const slashed = { method: methods[0]!, path: `${concrete}/`, answer: NO_SUCH_ROUTE };
    await perform(api, { as: 'guest', ...slashed }, { as: 'root', ...slashed });
  });
});

describe('then the token', () => {
  it.each(titled(({ needs }) => needs !== 'nothing'))('%s without a token', async (_title, route) => {
    await perform(api, { as: 'guest', ...malformed(route), answer: NO_TOKEN });
  });
});

describe('then the permission', () => {
  it.each(titled(({ needs }) => needs !== 'nothing' && needs.length > 0))(
    '%s without it',
    async (_title, route) => {
      await perform(api, { as: [], ...malformed(route), answer: NO_PERMISSION });
    },
  );

  it.each(titled(({ needs }) => needs.length > 1 && needs !== 'nothing'))(
    '%s needs each of several',
    async (_title, route) => {
      const needs = route.needs as Exclude<Route['needs'], 'nothing'>;
      for (const lacking of needs)
        await perform(api, {
          as: needs.filter((one) => one !== lacking),
          ...malformed(route),
          answer: NO_PERMISSION,
        });
    },
  );

  scenarios(api, [
    {
      name: 'a write scope stands for its read twin',
      as: ['write_transformers'],
      method: 'GET',
      path: TRANSFORMERS,
      answer: success({ transformers: [] }),
    },
    {
      name: 'a read scope is not its write twin',
      as: ['read_transformers'],
      method: 'PUT',
      path: `${TRANSFORMERS}/x`,
      json: {},
      answer: NO_PERMISSION,
    },
    {
      name: 'a malformed request of somebody without permission is not looked at',
      as: [],
      method: 'PUT',
      path: ROLE,
      headers: { 'Content-Type': 'application/json' },
      body: '{"scopes":',
      answer: NO_PERMISSION,
    },
    {
      name: 'nor are parameters',
      as: [],
      method: 'GET',
      path: '/api/v1/streams/x/logs',
      answer: NO_PERMISSION,
    },
  ]);
});

describe('then the content', () => {
  scenarios(api, [
    {
      name: 'a malformed body for something absent',
      method: 'POST',
      path: '/api/v1/pipelines/absent/logs',
      json: { record: 5 },
      answer: invalid('invalid argument: record: expected an object of strings'),
    },
    {
      name: 'a required parameter that is missing',
      method: 'GET',
      path: '/api/v1/streams/x/logs',
      answer: invalid('invalid argument: validation failed', {
        'query:from': ['missing value'],
        'query:to': ['missing value'],
      }),
    },
    {
      name: 'parameters in a form that nobody knows',
      method: 'GET',
      path: '/api/v1/streams/x/logs?from%5Ba%5D=1&to%5B%5D=2&__proto__=3',
      answer: invalidParameters({ 'query:from': ['missing value'], 'query:to': ['missing value'] }),
    },
    {
      name: 'a path that cannot be decoded',
      method: 'GET',
      path: `${TRANSFORMERS}/%zz`,
      answer: invalid('invalid argument: bad request'),
    },
    {
      name: 'a name may have a slash, a percent sign, a space and any letter, percent-encoded',
      method: 'PUT',
      path: `${TRANSFORMERS}/a%2Fb%20100%25%20%F0%9F%98%80`,
      json: {},
      answer: success(),
      next: [{ method: 'GET', path: TRANSFORMERS, answer: success({ transformers: ['a/b 100% 😀'] }) }],
    },
    {
      name: 'two dots in a name are no way out',
      method: 'PUT',
      path: `${TRANSFORMERS}/..%2F..%2Fname`,
      json: {},
      answer: success(),
      next: [
        {
          method: 'GET',
          path: TRANSFORMERS,
          answer: success({ transformers: ['../../name', 'a/b 100% 😀'] }),
        },
      ],
    },
    {
      name: 'a name may have 255 bytes',
      method: 'PUT',
      path: `${TRANSFORMERS}/${'x'.repeat(255)}`,
      json: {},
      answer: success(),
    },
  ]);
});

describe('then the operation', () => {
  scenarios(api, [
    {
      name: 'what is not there is told as JSON, unlike a route',
      method: 'GET',
      path: `${TRANSFORMERS}/absent`,
      answer: notFound('transformer', 'absent'),
    },
    {
      name: 'HTML characters are not escaped',
      method: 'PUT',
      path: `${TRANSFORMERS}/html`,
      json: { script: '.a = "<b>&\'</b>"' },
      answer: success(),
      next: [
        {
          method: 'GET',
          path: `${TRANSFORMERS}/html`,
          answer: { status: 200, text: '{"success":true,"script":".a = \\"<b>&\'</b>\\""}\n' },
        },
      ],
    },
    {
      name: 'no other origin is let in',
      method: 'GET',
      path: '/api/v1/tokens',
      headers: { Origin: 'https://elsewhere.example' },
      answer: { status: 200, headers: { 'access-control-allow-origin': null, vary: null } },
    },
  ]);

  it('a success has a length', async () => {
    const reply = await api.ask({ method: 'GET', path: '/api/v1/tokens' });
    check(reply, {
      status: 200,
      headers: { 'content-length': '34', 'transfer-encoding': null },
      text: '{"success":true,"token_uuids":[]}\n',
    });
  });

  it('a success is 200, whatever a client says that it has', async () => {
    // What `fetch` sends beside this header makes it go without effect.
    const head = ['GET /api/v1/tokens HTTP/1.1', `Authorization: Bearer jwt:${await api.tokenOf('root')}`];
    const request = RawRequest.send(api.server, ...head, 'If-None-Match: *', 'Connection: close');
    expect(await request.closed).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  it('an id that the client gives is in the log, and by a name of ours in the answer', async () => {
    const headers = { 'X-Correlation-Id': 'given-by-the-client' };
    const reply = await api.ask({ method: 'GET', path: '/api/v1/tokens', headers });
    check(reply, {
      status: 200,
      headers: { 'x-correlation-id': null, 'x-request-id': 'given-by-the-client' },
    });
    await expect.poll(() => api.server.log, PATIENCE).toContain('given-by-the-client');
  });
});
