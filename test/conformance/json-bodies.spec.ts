import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawRequest } from '../support/raw-request.js';
import { Api } from './api.js';
import { invalid, problem, success } from './expectation.js';
import { bodyHeaders, concretePath, type Route, titled } from './routes.js';
import { perform, scenarios } from './scenario.js';

/** Section 1.0: the table of refusals, and "JSON leniency". */

const api = new Api();
beforeAll(() => api.start());
afterAll(() => api.stop());

const ROLE = '/api/v1/roles/common';
const TRANSFORMER = '/api/v1/transformers/common';
const JSON_TYPE = { 'Content-Type': 'application/json' };

const asking = (route: Route) => ({
  as: route.needs === 'nothing' ? ('guest' as const) : ('root' as const),
  method: route.method,
  path: concretePath(route),
});
const typed = (type: string, body: string) => ({ headers: { 'Content-Type': type }, body });
const wrongType = (type: string) =>
  invalid(`invalid argument: request with application/json content type expected, received: ${type}`);
const saved = (script: string) => ({ method: 'GET', path: TRANSFORMER, answer: success({ script }) });

describe('each route with a body', () => {
  it.each(titled(({ takes }) => takes === 'json'))('%s wants JSON', async (_title, route) => {
    const ask = asking(route);
    const form = 'application/x-www-form-urlencoded';
    const broken = invalid(/^invalid argument: failed to decode json: ./);
    await perform(
      api,
      { ...ask, answer: invalid('invalid argument: missing request body') },
      { ...ask, ...typed('text/plain', '{}'), answer: wrongType('text/plain') },
      { ...ask, ...typed(form, 'a=b'), answer: wrongType(form) },
      { ...ask, ...typed('application/json', '{'), answer: broken },
      { ...ask, ...typed('application/json', 'undefined'), answer: broken },
      { ...ask, json: [], answer: invalid(/^invalid argument: .*array/) },
      { ...ask, json: 'text', answer: invalid(/^invalid argument: .*string/) },
    );
  });

  it.each(titled(({ takes }) => takes === 'json'))(
    '%s takes null for an empty object',
    async (_title, route) => {
      const [empty, none] = [
        await api.ask({ ...asking(route), json: {} }),
        await api.ask({ ...asking(route), json: null }),
      ];
      expect([none.status, none.text]).toEqual([empty.status, empty.text]);
    },
  );

  it.each(titled(({ takes }) => takes !== undefined && takes !== 'form'))(
    '%s takes no more than the server is told to',
    async (_title, route) => {
      const body = `{"x":"${'x'.repeat(1024 * 1024)}"}`;
      const answer = problem('TOO_LARGE', /^the request body is larger than 1048576 bytes/);
      await perform(api, { ...asking(route), headers: bodyHeaders(route), body, answer });
    },
  );
});

describe('the type', () => {
  const body = '{"scopes":["send_logs"]}';
  const put = { method: 'PUT', path: ROLE };

  scenarios(api, [
    { name: 'may be left out', ...put, body, answer: success() },
    {
      name: 'may be in other letters, with parameters',
      ...put,
      ...typed('Application/JSON; charset=utf-8', body),
      answer: success(),
    },
    { name: 'may go on behind it', ...put, ...typed('application/json-patch+json', body), answer: success() },
    {
      name: 'may not be another',
      ...put,
      ...typed('application/xml', body),
      answer: wrongType('application/xml'),
    },
  ]);

  it('and the length may both be left out', async () => {
    const token = await api.tokenOf('root');
    const head = [`PUT ${TRANSFORMER} HTTP/1.1`, `Authorization: Bearer jwt:${token}`, 'Connection: close'];
    const request = RawRequest.send(api.server, ...head, 'Transfer-Encoding: chunked');
    request.socket.write('10\r\n{"script":"# 5"}\r\n0\r\n\r\n');
    expect(await request.closed).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n{"success":true}\n$/);
  });
});

describe('the content', () => {
  const put = { method: 'PUT', path: TRANSFORMER };
  const config = { method: 'PUT', path: '/api/v1/streams/common' };

  scenarios(api, [
    {
      name: 'may have properties that nobody knows',
      ...put,
      json: { scripts: '.a = 1', script: '.b = 2', success: false },
      answer: success(),
      next: [saved('.b = 2')],
    },
    { name: 'without a property has the zero value', ...put, json: {}, answer: success(), next: [saved('')] },
    {
      name: 'with null for a property has the zero value',
      ...put,
      json: { script: null },
      answer: success(),
      next: [saved('')],
    },
    {
      name: 'with null inside a map of strings has an empty string there',
      method: 'POST',
      path: '/api/v1/test/transformer',
      json: { code: '', record: { a: null } },
      answer: success({ record: { a: '' } }),
    },
    {
      name: 'may have its properties in other letters',
      ...put,
      json: { Script: '.c = 3' },
      answer: success(),
      next: [saved('.c = 3')],
    },
    {
      name: 'with something behind its first value is refused',
      ...put,
      ...typed('application/json', '{"script":".d = 4"}\n{"script":".e = 5"}'),
      answer: invalid(/^invalid argument: failed to decode json: Unexpected non-whitespace character/),
      next: [saved('.c = 3')],
    },
    {
      name: 'a number where text is expected',
      ...put,
      json: { script: 5 },
      answer: invalid(/^invalid argument: script: .*string.*number/),
    },
    {
      name: 'a boolean where text is expected',
      ...put,
      json: { script: true },
      answer: invalid(/^invalid argument: script: .*string.*boolean/),
    },
    {
      name: 'text where a number is expected',
      ...config,
      json: { config: { ttl: '1' } },
      answer: invalid(/^invalid argument: config\.ttl: .*number.*string/),
    },
    {
      name: 'a fraction where an integer is expected',
      ...config,
      json: { config: { ttl: 1.5 } },
      answer: invalid(/^invalid argument: config\.ttl: .*int/),
    },
    {
      name: 'a number that is too large for any number',
      ...config,
      headers: JSON_TYPE,
      body: '{"config":{"ttl":1e999}}',
      answer: invalid(/^invalid argument: config\.ttl: /),
    },
    {
      name: 'an integer that would not come back as it was sent',
      ...config,
      headers: JSON_TYPE,
      body: '{"config":{"ttl":9223372036854775807}}',
      answer: invalid(/^invalid argument: config\.ttl: .*9007199254740991/),
    },
    {
      name: 'bytes that are not UTF-8',
      ...put,
      headers: JSON_TYPE,
      body: Buffer.from([0x22, 0xff, 0x22]),
      answer: invalid(/^invalid argument: failed to decode json: /),
    },
    {
      name: 'a depth that nobody needs',
      ...put,
      headers: JSON_TYPE,
      body: `{"script":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      answer: invalid(/^invalid argument: script: /),
    },
  ]);
});
