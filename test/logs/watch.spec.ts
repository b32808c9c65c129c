import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forgeJwt, inSeconds, SECRET_KEY } from '../auth/forged-jwt.js';
import { download, upload } from '../support/backup-client.js';
import { RawRequest } from '../support/raw-request.js';
import { TestServer } from '../support/test-server.js';
import { EventStream } from './event-stream.js';
import { LogsClient } from './logs-client.js';

let server: TestServer;
let logs: LogsClient;
const open: EventStream[] = [];

beforeAll(async () => {
  server = await TestServer.start({
    env: {
      FLOWG_WATCH_HEARTBEAT_SECONDS: '1',
      FLOWG_WATCH_QUEUE_SIZE: '20',
      FLOWG_TRANSFER_IDLE_SECONDS: '30',
      FLOWG_SECRET_KEY: SECRET_KEY,
    },
  });
  logs = new LogsClient(server, await server.login());
});
afterAll(async () => {
  for (const stream of open) stream.close();
  await server.stop();
});

async function watch(
  stream: string,
  query = '',
  options: { token?: string; lastEventId?: string } = {},
): Promise<EventStream> {
  const path = `/api/v1/streams/${encodeURIComponent(stream)}/logs/watch${query}`;
  const events = await EventStream.open(server, path, { token: logs.token, ...options });
  open.push(events);
  return events;
}

const filter = (text: string) => `?filter=${encodeURIComponent(text)}`;
const numbers = (events: EventStream) => events.records.map(({ fields }) => Number(fields.n));
const send = async (stream: string, from: number, to: number, more: Record<string, string> = {}) => {
  await logs.route(`to-${stream}`, stream);
  for (let n = from; n < to; n++) await logs.ingest(`to-${stream}`, { n: String(n), ...more });
};
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

describe('a watch', () => {
  it('has its head out at once, on a stream that nobody has heard of', async () => {
    const { response, events } = await watch('quiet');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-expose-headers')).toBe('Content-Type');
    expect(events).toEqual([]);
  });

  it('sends what is stored, as it is stored, in the form of the reference', async () => {
    await send('form', 0, 1);
    const events = await watch('form');
    await send('form', 1, 3, { html: '<b> & \u2028', nul: '\0' });
    await events.until(({ events: all }) => all.length === 2);
    const [first] = events.events;
    const [stored] = (await logs.records('form')).slice(-2);
    expect(first!.text).toBe(
      `id: ${first!.id}\nevent: log\ndata: {"timestamp":"${stored!.timestamp}","fields":` +
        '{"n":"1","html":"\\u003cb\\u003e \\u0026 \\u2028","nul":"\\u0000"}}',
    );
    expect(first!.id).toMatch(
      /^entry:form:\d{20}:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
    );
    expect(Number(first!.id!.split(':')[2])).toBe(
      Date.parse(stored!.timestamp.slice(0, 23).padEnd(23, '0') + 'Z'),
    );
    expect(events.records[0]).toEqual(stored);
    expect(numbers(events)).toEqual([1, 2]);
  });

  it('shows everything to each of several, and to each what its filter lets through', async () => {
    const [all, odd, none] = [
      await watch('many'),
      await watch('many', filter('odd = "yes"')),
      await watch('many', '?filter='),
    ];
    for (const n of range(0, 20)) await send('many', n, n + 1, { odd: n % 2 ? 'yes' : 'no' });
    await all.until((one) => one.records.length === 20);
    await none.until((one) => one.records.length === 20);
    expect(numbers(all)).toEqual(range(0, 20));
    expect(numbers(odd)).toEqual(range(0, 20).filter((n) => n % 2));
  });

  it('says every now and then that it is still there', async () => {
    const events = await watch('beating');
    await events.until(({ comments }) => comments.length >= 2);
    expect(events.comments[0]).toBe(': heartbeat');
  });

  it('keeps line breaks in the name of a stream out of its lines', async () => {
    const name = 'two\nlines\r\nid: 5';
    const events = await watch(name);
    await send(name, 0, 1);
    await events.until(({ events: all }) => all.length === 1);
    expect(events.events[0]!.id).toMatch(/^entry:two%0Alines%0D%0Aid%3A%205:\d{20}:/);
    expect(numbers(events)).toEqual([0]);
  });

  it('refuses what it cannot understand before it begins', async () => {
    const bad = await watch('x', filter('a = '));
    expect(bad.response.status).toBe(400);
    expect(await bad.response.json()).toEqual({
      status: 'INVALID_ARGUMENT',
      error: 'invalid argument: bad request',
      context: { 'query:filter': [expect.stringMatching(/^position 4 /)] },
    });
    for (const lastEventId of [
      '5',
      'entry:x:1:2',
      'entry:x:00000000000000000001:5f0f6a3e-6e0a-4d0b-9d43-0d1d5a0c2a51',
    ]) {
      const unknown = await watch('x', '', { lastEventId });
      expect(unknown.response.status).toBe(400);
      expect(await unknown.response.json()).toMatchObject({
        context: { 'header:Last-Event-ID': [expect.any(String)] },
      });
    }
  });
});

describe('a client that comes back', () => {
  it('goes on exactly behind the last event it has, filtered as before', async () => {
    const first = await watch('back');
    await send('back', 0, 10);
    await first.until((one) => one.records.length === 10);
    first.close();
    const lastEventId = first.events[3]!.id!;
    await send('back', 10, 20);
    const second = await watch('back', filter('n != "5"'), { lastEventId });
    await send('back', 20, 25);
    await second.until((one) => one.records.length === 20);
    expect(numbers(second)).toEqual(range(4, 25).filter((n) => n !== 5));
    expect(second.events[1]!.id).toBe(first.events[6]!.id);
  });

  it('misses nothing and gets nothing twice while others go on storing', async () => {
    await send('busy', 0, 1);
    const first = await watch('busy');
    await send('busy', 1, 2);
    await first.until((one) => one.records.length === 1);
    first.close();
    let n = 2;
    let going = true;
    await logs.route('to-busy', 'busy');
    const writers = Promise.all(
      range(0, 8).map(async () => {
        while (going) await logs.ingest('to-busy', { n: String(n++) });
      }),
    );
    await sleep(300);
    const clients = await Promise.all(
      range(0, 10).map(() => watch('busy', '', { lastEventId: first.events[0]!.id! })),
    );
    await sleep(700);
    going = false;
    await writers;
    const stored = (await logs.records('busy')).map(({ fields }) => Number(fields.n)).toReversed();
    expect(stored.length).toBeGreaterThan(50);
    for (const client of clients) {
      await client.until((one) => one.records.length >= stored.length - 2);
      expect(numbers(client)).toEqual(stored.slice(2));
    }
  });

  it('is not shown what has expired or was removed meanwhile', async () => {
    await logs.ok('PUT', 'streams/short', { config: { ttl: 1 } });
    const first = await watch('short');
    await send('short', 0, 3);
    await first.until((one) => one.records.length === 3);
    await sleep(1100);
    await send('short', 3, 4);
    const second = await watch('short', '', { lastEventId: first.events[0]!.id! });
    await second.until((one) => one.records.length === 1);
    expect(numbers(second)).toEqual([3]);
  });
});

describe('a client that is too slow', () => {
  it('holds nobody, and is told how many it missed', async () => {
    const slow = RawRequest.send(
      server,
      'GET /api/v1/streams/flood/logs/watch HTTP/1.1',
      `Authorization: Bearer jwt:${logs.token}`,
    );
    await slow.waitFor(/200 OK/);
    slow.socket.pause();
    const quick = await watch('flood');
    await send('flood', 0, 300, { x: 'x'.repeat(50_000) });
    await quick.until((one) => one.records.length === 300);
    slow.socket.resume();
    await slow.waitFor(/event: missed\ndata: \{"missed":\d+\}\n\n/, 20);
    const missed = Number(/"missed":(\d+)/.exec(slow.received)![1]);
    const got = [...slow.received.matchAll(/"n":"(\d+)"/g)].map((found) => Number(found[1]));
    expect(missed).toBeGreaterThan(100);
    expect(got).toEqual(range(0, 300 - missed));
    await send('flood', 300, 301);
    await slow.waitFor(/"n":"300"/);
    slow.socket.destroy();
  });
});

describe('the rights of a watch', () => {
  const rights = async (name: string, scopes: string[]) => {
    const jwt = await server.createUser(logs.token!, name, scopes);
    return { jwt, pat: await server.createToken(jwt) };
  };

  it('are those of reading streams', async () => {
    const { jwt } = await rights('no-reader', ['write_pipelines', 'send_logs']);
    expect((await watch('any', '', { token: jwt })).response.status).toBe(403);
    expect((await watch('any', '', { token: undefined })).response.status).toBe(401);
  });

  const ENDS: [string, (name: string, pat: string) => Promise<unknown>][] = [
    ['the user is deleted', (name) => logs.ok('DELETE', `users/${name}`)],
    [
      'the role loses the permission',
      (name) => logs.ok('PUT', `roles/${name}-role`, { scopes: ['send_logs'] }),
    ],
    ['the user loses the role', (name) => logs.ok('PUT', `users/${name}`, { roles: [], password: 'p' })],
  ];
  it.each(ENDS)('end when %s, with either token', async (why, change) => {
    const name = `reader-${ENDS.findIndex(([text]) => text === why)}`;
    const { jwt, pat } = await rights(name, ['read_streams']);
    const [byJwt, byPat, other] = [
      await watch('secret', '', { token: jwt }),
      await watch('secret', '', { token: pat }),
      await watch('secret'),
    ];
    await send('secret', 0, 1);
    await byJwt.until((one) => one.records.length === 1);
    await byPat.until((one) => one.records.length === 1);
    await change(name, pat);
    for (const events of [byJwt, byPat]) {
      await events.until((one) => one.ended, 5);
      expect(events.events.at(-1)).toMatchObject({
        event: 'error',
        data: 'the token may not read this stream any more',
      });
    }
    await send('secret', 1, 2);
    await other.until((one) => one.records.length === 2);
    expect(byJwt.records).toHaveLength(1);
  });

  it('end when the Personal Access Token is deleted', async () => {
    const { jwt, pat } = await rights('reader-pat', ['read_streams']);
    const events = await watch('secret', '', { token: pat });
    const { token_uuids } = await server.ok('GET', '/api/v1/tokens', { token: jwt });
    await server.ok('DELETE', `/api/v1/tokens/${token_uuids[0]}`, { token: jwt });
    await events.until((one) => one.ended, 5);
  });

  it('end when the JSON Web Token expires', async () => {
    const events = await watch('secret', '', { token: forgeJwt({ claims: { exp: inSeconds(3) } }) });
    expect(events.response.status).toBe(200);
    await sleep(1000);
    expect(events.ended).toBe(false);
    await events.until((one) => one.ended, 5);
  });

  it('end when the auth database is restored without the user', async () => {
    const { bytes } = await download(server, logs.token!, 'auth');
    const { jwt } = await rights('reader-late', ['read_streams']);
    const [late, root] = [await watch('secret', '', { token: jwt }), await watch('secret')];
    expect((await upload(server, logs.token!, 'auth', bytes)).status).toBe(200);
    await late.until((one) => one.ended, 5);
    await sleep(1500);
    expect(root.ended).toBe(false);
  });
});

it('goes on when the logs database is restored', async () => {
  await send('restored', 0, 5);
  const { bytes } = await download(server, logs.token!, 'logs');
  const events = await watch('restored');
  await send('restored', 5, 7);
  await events.until((one) => one.records.length === 2);
  expect((await upload(server, logs.token!, 'logs', bytes)).status).toBe(200);
  await send('restored', 7, 9);
  await events.until((one) => one.records.length === 4);
  expect(numbers(events)).toEqual([5, 6, 7, 8]);
  // The ids of 5 and 6 have been given anew: what counts for somebody who comes back is the time too.
  const back = await watch('restored', '', { lastEventId: events.events[2]!.id! });
  await back.until((one) => one.records.length === 1);
  expect(numbers(back)).toEqual([8]);
});

it('ends when the server stops, which does not wait for it', async () => {
  const own = await TestServer.start();
  const token = await own.login();
  const events = await EventStream.open(own, '/api/v1/streams/any/logs/watch', { token });
  const started = Date.now();
  await own.stop();
  expect(Date.now() - started).toBeLessThan(5000);
  await events.until((one) => one.ended);
});
