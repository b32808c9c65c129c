import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ALWAYS } from '../logs/logs-client.js';
import { alertNode, flowOf, router, source } from '../pipelines/pipeline-client.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';
import { Api, PATIENCE } from './api.js';
import { INSTANT, invalid, notFound, problem, success, TIMESTAMP, UUID } from './expectation.js';
import { refusesBadNames } from './names.js';
import { coversItsRoutes } from './route-coverage.js';
import { each, perform, scenarios, type Step } from './scenario.js';
import { savePipeline, send } from './steps.js';

/** Section 1.8, and "Webhook" of section 2. */

const api = new Api();
let receiver: WebhookReceiver;

beforeAll(async () => {
  await api.start();
  receiver = await WebhookReceiver.start();
});
afterAll(async () => {
  await receiver.stop();
  await api.stop();
});
beforeEach(() => {
  receiver.calls.length = 0;
  receiver.answer(204);
});

const ALL = '/api/v1/alerts';
const list = (...alerts: string[]): Step => ({ method: 'GET', path: ALL, answer: success({ alerts }) });
const save = (name: string, webhook: unknown) => ({
  method: 'PUT',
  path: `${ALL}/${name}`,
  json: { webhook },
});
const shows = (name: string, webhook: object): Step => ({
  method: 'GET',
  path: `${ALL}/${name}`,
  answer: success({ webhook }),
});
const test = (name: string, record?: unknown) => ({
  method: 'POST',
  path: `/api/v1/test/alerts/${name}`,
  json: { record },
});

describe('alerts', () => {
  const wrong: [name: string, webhook: unknown, place: string][] = [
    ['a webhook that is a text', 'http://example.com', 'webhook'],
    ['a version that is a text', { version: '1' }, 'webhook\\.version'],
    ['a version of the future', { version: 2 }, 'webhook\\.version'],
    ['an address that is a number', { url: 5 }, 'webhook\\.url'],
    ['headers that are a list', { headers: [] }, 'webhook\\.headers'],
    ['a header that is a number', { headers: { a: 5 } }, 'webhook\\.headers\\.a'],
  ];

  scenarios(api, [
    { name: 'none at first: an empty list, not null', ...list() },
    {
      name: 'saved, listed by name, unknown properties dropped',
      ...save('b', {
        version: 1,
        url: 'http://example.com/?a=1&b=<2>',
        headers: { 'X-Key': 'k' },
        retries: 3,
      }),
      answer: success(),
      next: [
        { ...save('a', { url: 'not an address' }), answer: success() },
        list('a', 'b'),
        shows('b', { version: 1, url: 'http://example.com/?a=1&b=<2>', headers: { 'X-Key': 'k' } }),
      ],
    },
    {
      name: 'an address is not looked at, zero values stand for what is left out',
      ...shows('a', { version: 0, url: 'not an address', headers: {} }),
    },
    {
      name: 'replaced by saving; null is the zero value',
      ...save('a', { version: 1, url: null, headers: { empty: null } }),
      answer: success(),
      next: [shows('a', { version: 1, url: '', headers: { empty: '' } })],
    },
    {
      name: 'without a webhook',
      method: 'PUT',
      path: `${ALL}/a`,
      json: {},
      answer: success(),
      next: [shows('a', { version: 0, url: '', headers: {} })],
    },
    ...each(wrong, ([name, webhook, place]) => ({
      name,
      ...save('wrong', webhook),
      answer: invalid(new RegExp(`^invalid argument: ${place}: .`)),
    })),
    { name: 'deleted', method: 'DELETE', path: `${ALL}/b`, answer: success(), next: [list('a')] },
    { name: 'deleted again: not found', method: 'DELETE', path: `${ALL}/b`, answer: notFound('alert', 'b') },
    { name: 'absent: not found', method: 'GET', path: `${ALL}/b`, answer: notFound('alert', 'b') },
  ]);
  refusesBadNames(api, 'alerts');
});

describe('trying an alert out', () => {
  const hook = (headers: Record<string, string> = {}, path = ''): Step => ({
    ...save('hook', { version: 1, url: receiver.url + path, headers }),
    answer: success(),
  });
  const unreachable = save('dead', { url: 'http://127.0.0.1:1/' });

  it('posts the record with a time, and the headers that are configured', async () => {
    const headers = { 'X-Key': 'k', Authorization: 'Bearer secret', 'Content-Type': 'text/plain' };
    await perform(api, hook(headers, '?a=1'), { ...test('hook', { a: '<b>' }), answer: success() });
    expect(receiver.calls).toHaveLength(1);
    expect(receiver.calls[0]).toMatchObject({
      method: 'POST',
      path: '/hook?a=1',
      headers: { 'x-key': 'k', authorization: 'Bearer secret', 'content-type': 'text/plain' },
    });
    const body = JSON.parse(receiver.calls[0]!.body);
    expect(body).toEqual({ timestamp: TIMESTAMP, fields: { a: '<b>' } });
    expect(Object.keys(body)).toEqual(['timestamp', 'fields']);
  });

  it('posts a record without fields', async () => {
    await perform(api, hook(), { ...test('hook', null), answer: success() });
    expect(JSON.parse(receiver.calls[0]!.body).fields).toEqual({});
  });

  it('is application/json where no Content-Type is configured', async () => {
    await perform(api, hook(), { ...test('hook', {}), answer: success() });
    expect(receiver.calls[0]!.headers['content-type']).toBe('application/json');
  });

  it.each([200, 201, 299])('%d is a success', async (status) => {
    receiver.answer(status);
    await perform(api, hook(), { ...test('hook', {}), answer: success() });
  });

  it.each([400, 404, 500, 503])('%d is a bad gateway', async (status) => {
    receiver.answer(status);
    const answer = problem('BAD_GATEWAY', `unexpected status code: ${status}`);
    await perform(api, hook(), { ...test('hook', {}), answer });
  });

  it('a redirect is not followed', async () => {
    receiver.answer(302, { Location: receiver.url });
    const answer = problem('BAD_GATEWAY', 'unexpected status code: 302 (redirects are not followed)');
    await perform(api, hook(), { ...test('hook', {}), answer });
    expect(receiver.calls).toHaveLength(1);
  });

  scenarios(api, [
    {
      name: 'nobody at the address is a bad gateway',
      ...unreachable,
      answer: success(),
      next: [{ ...test('dead', {}), answer: problem('BAD_GATEWAY', /^failed to send request: ./) }],
    },
    {
      name: 'an address that is none is a bad gateway',
      ...save('dead', { url: 'not an address' }),
      answer: success(),
      next: [{ ...test('dead', {}), answer: problem('BAD_GATEWAY', /^failed to send request: ./) }],
    },
    { name: 'absent: not found', ...test('absent', {}), answer: notFound('alert', 'absent') },
    {
      name: 'a record that is a list',
      ...test('dead', []),
      answer: invalid('invalid argument: record: expected an object of strings'),
    },
    {
      name: 'a field that is a number',
      ...test('dead', { a: 5 }),
      answer: invalid('invalid argument: record.a: expected a string'),
    },
  ]);
});

describe('an alert in a pipeline', () => {
  const told = (url: string): Step => ({ ...save('told', { url }), answer: success() });
  const pipeline = savePipeline(
    'p',
    flowOf([source(), router('s'), alertNode('a', 'told')], 'in > s', 'in > a'),
  );
  const log = send('p', { n: '1' });
  const deliveries = () => api.ok('GET', `${ALL}/told/deliveries`);

  it('posts the log as it was stored, and lists the delivery', async () => {
    await perform(api, told(receiver.url), pipeline, log);
    await receiver.until(1);
    const { records } = await api.ok('GET', `/api/v1/streams/s/logs?${ALWAYS}`);
    expect(JSON.parse(receiver.calls[0]!.body)).toEqual(records[0]);
    await expect.poll(async () => (await deliveries()).deliveries[0]?.state, PATIENCE).toBe('delivered');
    const delivered = {
      id: receiver.calls[0]!.headers['x-flowg-delivery-id'],
      state: 'delivered',
      log_timestamp: records[0].timestamp,
      created_at: INSTANT,
      attempts: 1,
      next_attempt_at: null,
      ended_at: INSTANT,
      status: 204,
      error: null,
    };
    await perform(api, {
      method: 'GET',
      path: `${ALL}/told/deliveries`,
      answer: success({ deliveries: [delivered] }),
    });
  });

  it('a webhook that fails does not fail the request', async () => {
    receiver.answer(500);
    await perform(api, log);
    await receiver.until(1);
    await expect
      .poll(async () => (await deliveries()).deliveries[0].error, PATIENCE)
      .toBe('unexpected status code: 500');
    const waiting = {
      id: UUID,
      state: 'waiting',
      log_timestamp: TIMESTAMP,
      created_at: INSTANT,
      attempts: expect.any(Number),
      next_attempt_at: INSTANT,
      ended_at: null,
      status: 500,
      error: 'unexpected status code: 500',
    };
    const answer = success({ deliveries: [waiting, expect.objectContaining({ state: 'delivered' })] });
    await perform(api, { method: 'GET', path: `${ALL}/told/deliveries`, answer });
  });

  scenarios(api, [
    {
      name: 'no deliveries yet: an empty list',
      ...save('silent', { url: '' }),
      answer: success(),
      next: [{ method: 'GET', path: `${ALL}/silent/deliveries`, answer: success({ deliveries: [] }) }],
    },
    {
      name: 'deliveries of an absent alert',
      method: 'GET',
      path: `${ALL}/absent/deliveries`,
      answer: notFound('alert', 'absent'),
    },
  ]);
});

coversItsRoutes(api, 'alerts');
