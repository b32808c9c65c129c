import { Body, Controller, Get, Param, Post, Req } from '@nestjs/common';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
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

const bodySchema = z.object({ n: z.number() });

@Controller('api/things')
class Things {
  @Post(':thing/parts')
  @FastRoute()
  @RequirePermissions('send_logs')
  async take(@Param('thing') thing: string, @Body({ schema: bodySchema }) body: { n: number }) {
    return { thing, twice: body.n * 2 };
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
    [new LaneRoute(things, things.take)],
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
    expect(() => new LaneRoute(things, things.odd)).toThrow('odd takes more than parameters and a body');
  });

  it('is not for handlers that do not say who may use them', () => {
    const forgetful = new Forgetful();
    expect(() => new LaneRoute(forgetful, forgetful.secret)).toThrow('secret declares no access');
  });
});
