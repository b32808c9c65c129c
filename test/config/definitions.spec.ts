import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestServer } from '../support/test-server.js';

const FLOW = {
  version: 1,
  nodes: [
    { id: 'in', type: 'source', position: { x: -1.5, y: 2 }, data: { type: 'direct' } },
    { id: 'out', type: 'router', position: { x: 0, y: 0 }, data: { stream: 'a', more: 'b' } },
  ],
  edges: [{ id: 'e', source: 'in', sourceHandle: 'out', target: 'out' }],
};
const WEBHOOK = { version: 1, url: 'not even a URL', headers: { 'X-Key': 'secret', '': 'empty' } };

/** Each kind of definition: where it is, what it holds, what an empty request makes of it. */
const KINDS = [
  {
    kind: 'transformer',
    content: 'script',
    first: '. = parse_json!(.message) # "é" 🙂',
    second: '.a = 1\n',
    zero: '',
    wrong: [5, true, ['a'], { a: 1 }, '\ud800'],
  },
  {
    kind: 'pipeline',
    content: 'flow',
    first: FLOW,
    second: { version: 0, nodes: [], edges: [] },
    zero: { version: 0, nodes: [], edges: [] },
    wrong: [
      5,
      'flow',
      [],
      { version: '1' },
      { version: 1.5 },
      { version: 2 },
      { nodes: {} },
      { nodes: [5] },
      { nodes: [{ id: 5 }] },
      { nodes: [{ position: { x: 'left' } }] },
      { nodes: [{ data: { stream: 5 } }] },
      { nodes: [{ data: ['a'] }] },
      { edges: [{ source: null, target: false }] },
    ],
  },
  {
    kind: 'alert',
    content: 'webhook',
    first: WEBHOOK,
    second: { version: 0, url: 'http://localhost', headers: {} },
    zero: { version: 0, url: '', headers: {} },
    wrong: [5, { version: 2 }, { url: 5 }, { headers: ['a'] }, { headers: { a: 5 } }],
  },
];

let server: TestServer;
let admin: string;

beforeAll(async () => {
  server = await TestServer.start();
  admin = await server.login();
});
afterAll(() => server.stop());

describe.each(KINDS)('$kind', ({ kind, content, first, second, zero, wrong }) => {
  const collection = `/api/v1/${kind}s`;
  const path = (name: string) => `${collection}/${encodeURIComponent(name)}`;
  const save = (name: string, json: unknown) => server.request('PUT', path(name), { token: admin, json });
  const names = async () => (await server.ok('GET', collection, { token: admin }))[`${kind}s`] as string[];

  it('is saved, read, replaced, listed by name and deleted', async () => {
    const before = await names();
    for (const name of ['b', 'a', 'C']) {
      const saved = await save(name, { [content]: first });
      expect([saved.status, saved.text]).toEqual([200, '{"success":true}\n']);
    }
    expect(await names()).toEqual(['C', 'a', 'b', ...before]);
    expect(await server.ok('GET', path('a'), { token: admin })).toEqual({ success: true, [content]: first });

    await save('a', { [content]: second });
    expect((await server.ok('GET', path('a'), { token: admin }))[content]).toEqual(second);
    expect((await server.ok('GET', path('b'), { token: admin }))[content]).toEqual(first);

    for (const name of ['b', 'a', 'C']) {
      expect(await server.ok('DELETE', path(name), { token: admin })).toEqual({ success: true });
    }
    expect(await names()).toEqual(before);
  });

  it('is 404 when absent, and the text names it', async () => {
    for (const method of ['GET', 'DELETE']) {
      const { status, body } = await server.request(method, path('no/such'), { token: admin });
      expect([status, body.status]).toEqual([404, 'NOT_FOUND']);
      expect(body.error).toBe(`not found: ${kind} "no/such" does not exist`);
    }
  });

  it('takes an absent or null content for the zero value', async () => {
    for (const json of [{}, { [content]: null }, { unknown: 1 }, null]) {
      expect((await save('zero', json)).status).toBe(200);
      expect((await server.ok('GET', path('zero'), { token: admin }))[content]).toEqual(zero);
    }
    await server.ok('DELETE', path('zero'), { token: admin });
  });

  it.each(wrong.map((value) => ({ value })))('refuses $value and writes nothing', async ({ value }) => {
    const { status, body } = await save('wrong', { [content]: value });
    expect([status, body.status]).toEqual([400, 'INVALID_ARGUMENT']);
    expect(body.error).toMatch(new RegExp(`^invalid argument: ${content}`));
    expect((await server.request('GET', path('wrong'), { token: admin })).status).toBe(404);
  });

  it.each([
    'a/b',
    '../../etc/passwd',
    'per%cent',
    'a:b',
    '__proto__',
    'constructor',
    ' ',
    '🙂',
    'x'.repeat(255),
    'é'.repeat(127),
  ])('may be called %j', async (name) => {
    expect((await save(name, { [content]: first })).status).toBe(200);
    expect((await server.ok('GET', path(name), { token: admin }))[content]).toEqual(first);
    expect(await names()).toContain(name);
    await server.ok('DELETE', path(name), { token: admin });
    expect(await names()).not.toContain(name);
  });

  it.each(['x'.repeat(256), 'é'.repeat(128), 'a\0b'])('may not be called %j', async (name) => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const json = method === 'PUT' ? { [content]: first } : undefined;
      const { status, body } = await server.request(method, path(name), { token: admin, json });
      expect(status).toBe(400);
      expect(Object.keys(body.context)).toEqual([`path:${kind}`]);
    }
  });

  it('needs the permission of its kind', async () => {
    const others = ['write_acls', 'write_streams', 'send_logs'];
    for (const { kind: other } of KINDS) if (other !== kind) others.push(`write_${other}s`);
    const wrongUser = await server.createUser(admin, `${kind}-wrong`, others);
    const reader = await server.createUser(admin, `${kind}-reader`, [`read_${kind}s`]);
    const writer = await server.createUser(admin, `${kind}-writer`, [`write_${kind}s`]);
    const statuses = async (token?: string) => {
      const json = { [content]: first };
      return [
        (await server.request('GET', collection, { token })).status,
        (await server.request('PUT', path('mine'), { token, json })).status,
        (await server.request('GET', path('mine'), { token })).status,
        (await server.request('DELETE', path('mine'), { token })).status,
      ];
    };
    expect(await statuses()).toEqual([401, 401, 401, 401]);
    expect(await statuses(wrongUser)).toEqual([403, 403, 403, 403]);
    expect(await statuses(reader)).toEqual([200, 403, 404, 403]);
    expect(await statuses(writer)).toEqual([200, 200, 200, 200]);
  });
});

describe('pipelines', () => {
  it('keeps of a flow what the contract names and drops what the editor adds', async () => {
    const token = admin;
    const flow = {
      viewport: { zoom: 1 },
      nodes: [
        {
          id: 'n',
          type: 'source',
          position: { x: 1, y: 2, z: 3 },
          data: null,
          deletable: false,
          measured: {},
        },
        { id: 'm', type: 'router', data: { stream: 's' }, selected: true },
      ],
      edges: [{ id: 'e', source: 'n', target: 'm', type: 'smoothstep', animated: true }],
    };
    await server.ok('PUT', '/api/v1/pipelines/edited', { token, json: { flow } });
    expect((await server.ok('GET', '/api/v1/pipelines/edited', { token })).flow).toEqual({
      version: 0,
      nodes: [
        { id: 'n', type: 'source', position: { x: 1, y: 2 }, data: {} },
        { id: 'm', type: 'router', position: { x: 0, y: 0 }, data: { stream: 's' } },
      ],
      edges: [{ id: 'e', source: 'n', sourceHandle: '', target: 'm' }],
    });
    await server.ok('DELETE', '/api/v1/pipelines/edited', { token });
  });

  it('keeps data keys of any name', async () => {
    const data = '{"__proto__":"a","constructor":"b","":null}';
    const body = `{"flow":{"nodes":[{"id":"n","type":"source","data":${data}}]}}`;
    const headers = { 'Content-Type': 'application/json' };
    const saved = await server.request('PUT', '/api/v1/pipelines/keys', { token: admin, body, headers });
    expect(saved.status).toBe(200);
    const { text } = await server.request('GET', '/api/v1/pipelines/keys', { token: admin });
    expect(text).toContain('"data":{"__proto__":"a","constructor":"b","":""}');
    await server.ok('DELETE', '/api/v1/pipelines/keys', { token: admin });
  });

  it('has the default pipeline after every start that finds no pipeline, and only then', async () => {
    let own = await TestServer.start();
    const dataDir = own.dataDir;
    try {
      let token = await own.login();
      const { flow } = await own.ok('GET', '/api/v1/pipelines/default', { token });
      expect(flow).toEqual({
        version: 1,
        nodes: [
          {
            id: '__builtin__source_direct',
            type: 'source',
            position: { x: 210, y: 195 },
            data: { type: 'direct' },
          },
          {
            id: '__builtin__source_syslog',
            type: 'source',
            position: { x: 210, y: 250 },
            data: { type: 'syslog' },
          },
          { id: 'node-1', type: 'router', position: { x: 405, y: 195 }, data: { stream: 'default' } },
        ],
        edges: [
          {
            id: 'xy-edge____builtin__source_direct-node-1',
            source: '__builtin__source_direct',
            sourceHandle: '',
            target: 'node-1',
          },
          {
            id: 'xy-edge____builtin__source_syslog-node-1',
            source: '__builtin__source_syslog',
            sourceHandle: '',
            target: 'node-1',
          },
        ],
      });
      await own.ok('PUT', '/api/v1/pipelines/mine', { token, json: { flow: {} } });
      await own.ok('DELETE', '/api/v1/pipelines/default', { token });
      own = await own.restarted();
      token = await own.login();
      expect((await own.ok('GET', '/api/v1/pipelines', { token })).pipelines).toEqual(['mine']);
      await own.ok('DELETE', '/api/v1/pipelines/mine', { token });
      own = await own.restarted();
      token = await own.login();
      expect((await own.ok('GET', '/api/v1/pipelines', { token })).pipelines).toEqual(['default']);
    } finally {
      await own.stop();
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
