import { Body, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RequirePermissions } from '#src/auth/access.decorators.js';
import type { Caller } from '#src/auth/caller.js';
import type { KnownCallers } from '#src/auth/known-callers.js';
import { ProblemFilter } from '#src/http/problem.filter.js';
import { RequestLog } from '#src/http/request-log.js';
import { FastRoute } from '#src/lane/fast-route.decorator.js';
import { LaneRoute } from '#src/lane/lane-route.js';
import { Lane } from '#src/lane/lane.js';

const querySchema = z.object({ n: z.string().max(6).optional(), tag: z.unknown().optional() });
const bodySchema = z.object({ n: z.number() });

@Controller('api/things')
class Things {
  @Post(':thing/parts')
  @FastRoute()
  @RequirePermissions('send_logs')
  async take(@Param('thing') thing: string, @Body({ schema: bodySchema }) body: { n: number }) {
    return { thing, twice: body.n * 2 };
  }

  @Get(':thing/look')
  @FastRoute()
  @RequirePermissions('send_logs')
  async look(
    @Param('thing') thing: string,
    @Query({ schema: querySchema }) query: { n?: string; tag?: unknown },
    @Res() response: ServerResponse,
  ) {
    if (query.n === 'broken') throw new Error('broken');
    if (query.n === 'cut') {
      response.write('{"half":');
      throw new Error('cut');
    }
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ thing, ...query }));
  }

  @Get('part')
  @FastRoute()
  @RequirePermissions('send_logs')
  async partOfQuery(@Query('n') n: string) {
    return n;
  }

  @Get('odd')
  @FastRoute()
  @RequirePermissions('send_logs')
  async odd(@Req() request: unknown) {
    return request;
  }
}

@Controller('api/forgetful')
class Forgetful {
  @Get('secret')
  @FastRoute()
  async secret() {
    return {};
  }
}

const knows = (token: string, ...permissions: string[]) => [
  token,
  { user: token, permissions: new Set(permissions), credential: { kind: 'pat', tokenUuid: '' } } as Caller,
];
const known = new Map([knows('pat_sender', 'send_logs'), knows('pat_other', 'read_streams')] as [
  string,
  Caller,
][]);
const callers = { find: ({ token }: { token: string }) => known.get(token) } as unknown as KnownCallers;

const server = createServer();
let url: string;

beforeAll(async () => {
  const things = new Things();
  const lane = new Lane(
    [new LaneRoute(things, things.take), new LaneRoute(things, things.look)],
    callers,
    new ProblemFilter(),
    new RequestLog(undefined),
    1000,
  );
  const longWay = (_request: IncomingMessage, response: ServerResponse) => response.end('the long way');
  server.on('request', lane.inFrontOf(longWay)).on('checkContinue', lane.inFrontOf(longWay));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const PLAIN = {
  method: 'POST',
  path: '/api/things/a-1/parts',
  headers: { Authorization: 'Bearer pat:pat_sender', 'Content-Type': 'application/json' } as Record<
    string,
    string
  >,
  body: '{"n":21}' as string | Blob | ReadableStream,
};

async function send(changed: Partial<typeof PLAIN>): Promise<Response> {
  const { path, ...init } = { ...PLAIN, ...changed };
  const duplex = init.body instanceof ReadableStream ? { duplex: 'half' } : {};
  return fetch(url + path, { ...init, ...duplex } as RequestInit);
}

describe('the lane', () => {
  it('takes a plain request of somebody who may make it', async () => {
    const response = await send({});
    expect(await response.json()).toEqual({ thing: 'a-1', twice: 42 });
  });

  const headers = (changed: Record<string, string>) => ({ headers: { ...PLAIN.headers, ...changed } });
  it.each<[string, Partial<typeof PLAIN>]>([
    ['another path', { path: '/api/things/a-1/parts/' }],
    ['another method', { method: 'PUT' }],
    ['a query', { path: '/api/things/a-1/parts?access_token=pat_sender' }],
    ['a name that has to be decoded', { path: '/api/things/a%20b/parts' }],
    ['a parameter of the content type', headers({ 'Content-Type': 'application/json; charset=utf-8' })],
    ['gzip', headers({ 'Content-Encoding': 'gzip' })],
    ['the origin of a page', headers({ Origin: 'https://logs.example.org' })],
    ['an unknown token', headers({ Authorization: 'Bearer pat:pat_unknown' })],
    ['a token in another form than it is', headers({ Authorization: 'pat_sender' })],
    ['a caller who may not', headers({ Authorization: 'Bearer pat:pat_other' })],
    ['no body', { body: '' }],
    ['a body of unknown length', { body: new Blob(['{"n":21}']).stream() }],
  ])('leaves to the framework what has %s', async (_what, changed) => {
    expect(await (await send(changed)).text()).toBe('the long way');
  });

  it.each([
    ['a body that is not JSON', '{"n":', 400, 'INVALID_ARGUMENT', 'failed to decode json'],
    ['a body that its schema refuses', '{"n":"x"}', 400, 'INVALID_ARGUMENT', 'n: '],
    ['a body that is too large', `{"n":1${' '.repeat(1000)}}`, 413, 'TOO_LARGE', '1000 bytes'],
  ])('refuses %s in the form of every refusal', async (_what, body, status, code, text) => {
    const response = await send({ body });
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ status: code, error: expect.stringContaining(text) });
    expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff');
  });

  it('is not for handlers that take more than it can give', () => {
    const things = new Things();
    for (const handler of [things.odd, things.partOfQuery])
      expect(() => new LaneRoute(things, handler)).toThrow(
        `${handler.name} takes what the lane does not bring`,
      );
  });

  it('is not for handlers that do not say who may use them', () => {
    const forgetful = new Forgetful();
    expect(() => new LaneRoute(forgetful, forgetful.secret)).toThrow('secret declares no access');
  });
});

describe('a request without a body', () => {
  const look = (search: string, changed: Record<string, string> = {}, init: RequestInit = {}) =>
    fetch(`${url}/api/things/a-1/look${search}`, {
      headers: { Authorization: 'Bearer pat:pat_sender', ...changed },
      ...init,
    });

  it.each([
    ['', { thing: 'a-1' }],
    ['?n=1&tag=x&tag=y', { thing: 'a-1', n: '1', tag: ['x', 'y'] }],
    ['?n=a%20b+c&unknown=1', { thing: 'a-1', n: 'a b c' }],
    ['?n=a?b', { thing: 'a-1', n: 'a?b' }],
  ])('is answered by its handler with the query %s', async (search, expected) => {
    const response = await look(search);
    expect(await response.json()).toEqual(expected);
    expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(response.headers.get('X-Request-Id')).toBeTruthy();
  });

  it.each<[string, Parameters<typeof look>]>([
    ['a token in the query', ['?access_token=pat_sender']],
    ['the origin of a page', ['', { Origin: 'https://logs.example.org' }]],
    ['an unknown token', ['', { Authorization: 'Bearer pat:pat_unknown' }]],
    ['a caller who may not', ['', { Authorization: 'Bearer pat:pat_other' }]],
    ['another method', ['', {}, { method: 'OPTIONS' }]],
  ])('is left to the framework with %s', async (_what, parameters) => {
    expect(await (await look(...parameters)).text()).toBe('the long way');
  });

  it.each([
    ['a length', 'Content-Length: 2\r\n\r\n{}'],
    ['a body of unknown length', 'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ])('is left to the framework when it has one after all, by %s', async (_what, end) => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      let text = '';
      socket
        .on('data', (data) => (text += String(data)))
        .on('end', () => resolve(text))
        .on('error', reject);
      socket.write(
        'GET /api/things/a-1/look HTTP/1.1\r\nHost: x\r\nConnection: close\r\n' +
          `Authorization: Bearer pat:pat_sender\r\n${end}`,
      );
    });
    expect(answer).toContain('the long way');
  });

  it('is refused in the form of every refusal, and cut when the answer has begun', async () => {
    const refused = await look('?n=toolong');
    expect([refused.status, await refused.json()]).toEqual([
      400,
      {
        status: 'INVALID_ARGUMENT',
        error: 'invalid argument: validation failed',
        context: { 'query:n': [expect.any(String)] },
      },
    ]);
    expect((await look('?n=broken')).status).toBe(500);
    await expect(look('?n=cut').then((response) => response.text())).rejects.toThrow();
  });
});
