import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestServer } from '../support/test-server.js';
import {
  alertNode,
  enter,
  flowOf,
  PipelineClient,
  router,
  source,
  transform,
  when,
} from './pipeline-client.js';

let server: TestServer;
let client: PipelineClient;

beforeAll(async () => {
  server = await TestServer.start();
  client = new PipelineClient(server, await server.login());
  await client.saveTransformer('json', '. = parse_json!(.message)');
  await client.saveTransformer('mark', '.marked = "yes"');
  await client.saveAlert('nobody', 'http://127.0.0.1:9/');
});
afterAll(() => server.stop());

beforeEach(async () => {
  for (const stream of Object.keys((await client.ok('GET', 'streams')).streams))
    await client.ok('DELETE', `streams/${encodeURIComponent(stream)}`);
});

describe('a record in a pipeline', () => {
  it('is transformed, sorted by conditions, and stored with what became of it', async () => {
    await client.savePipeline(
      'sort',
      [
        source(),
        transform('json'),
        when('bad', 'level in ["error", "fatal"] and not app = "test"'),
        when('good', '!(level in ["error", "fatal"])'),
        router('bad-ones'),
        router('good-ones'),
        router('all'),
      ],
      'in > json > bad > bad-ones',
      'json > good > good-ones',
      'in > all',
    );
    const send = (record: unknown) => client.ingest('sort', { message: JSON.stringify(record) });
    await send({ level: 'error', app: 'shop', at: { line: 5 } });
    await send({ level: 'error', app: 'test' });
    await send({ level: 'info' });
    expect(await client.stored('bad-ones')).toEqual([{ level: 'error', app: 'shop', 'at.line': '5' }]);
    expect(await client.stored('good-ones')).toEqual([{ level: 'info' }]);
    expect((await client.stored('all')).map(({ message }) => JSON.parse(message!).level)).toEqual([
      'error',
      'error',
      'info',
    ]);
  });

  it('keeps its time on every way', async () => {
    await client.savePipeline(
      'time',
      [source(), transform('mark'), router('a'), router('b')],
      'in > mark > a',
      'in > b',
    );
    await client.ingest('time', { n: '1' });
    const [[a], [b]] = await Promise.all([client.records('a'), client.records('b')]);
    expect(a!.fields).toEqual({ n: '1', marked: 'yes' });
    expect(b!.fields).toEqual({ n: '1' });
    expect(a!.timestamp).toBe(b!.timestamp);
  });

  it('arrives as often as ways lead to a place', async () => {
    await client.savePipeline(
      'ways',
      [source(), transform('mark'), transform('mark-too', 'mark'), router('end')],
      'in > mark > end',
      'in > mark-too > end',
      'in > end',
    );
    await client.ingest('ways', { n: '1' });
    expect((await client.stored('end')).map(({ marked }) => marked ?? 'no').toSorted()).toEqual([
      'no',
      'yes',
      'yes',
    ]);
  });

  it('goes through a pipeline that is entered, by its direct source', async () => {
    await client.savePipeline(
      'inner',
      [source('sys', 'syslog'), source(), transform('mark'), router('inner')],
      'in > mark > inner',
      'sys > inner',
    );
    await client.savePipeline(
      'outer',
      [source(), enter('p', 'inner'), router('outer')],
      'in > p',
      'in > outer',
    );
    await client.ingest('outer', { n: '1' });
    expect(await client.stored('inner')).toEqual([{ n: '1', marked: 'yes' }]);
    expect(await client.stored('outer')).toEqual([{ n: '1' }]);
  });
});

describe('a request', () => {
  beforeAll(() =>
    client.savePipeline(
      'all-or-nothing',
      [source(), router('before'), transform('json'), router('after'), alertNode('w', 'nobody')],
      'in > before',
      'in > w',
      'in > json > after',
    ),
  );

  it('that fails in one node stores nothing in any stream, owes no alert, and is told which node', async () => {
    const records = ['{"n":1}', '{"n":2}', 'not JSON', '{"n":4}'].map((message) => ({ message }));
    const { status, body } = await client.struct('all-or-nothing', records);
    expect([status, body.status]).toEqual([400, 'INVALID_ARGUMENT']);
    expect(body.error).toMatch(
      /^invalid argument: record 2: node "json" failed: .*unable to parse json.*; nothing was stored$/,
    );
    expect(body.context).toEqual({ 'node:json': [expect.stringContaining('unable to parse json')] });
    expect(await client.stored('before')).toEqual([]);
    expect(await client.stored('after')).toEqual([]);
    expect((await client.ok('GET', 'alerts/nobody/deliveries')).deliveries).toEqual([]);
  });

  it('that fails in a pipeline that was entered is told which', async () => {
    await client.savePipeline('round', [source(), enter('p', 'all-or-nothing')], 'in > p');
    const { body } = await client.request('POST', 'pipelines/round/logs', { record: { message: '{' } });
    expect(body.error).toContain('pipeline "all-or-nothing", node "json" failed: ');
  });

  it('is stored in the order of its records', async () => {
    await client.savePipeline('order', [source(), transform('mark'), router('order')], 'in > mark > order');
    const records = Array.from({ length: 500 }, (_, n) => ({ n: String(n) }));
    expect((await client.struct('order', records)).body).toEqual({ success: true, processed_count: 500 });
    expect((await client.stored('order')).map(({ n }) => Number(n))).toEqual(records.map((_, n) => n));
  });
});

describe('saving a pipeline', () => {
  const save = (nodes: unknown[], ...ways: string[]) =>
    client.request('PUT', 'pipelines/saved', { flow: flowOf(nodes as never, ...ways) });

  it('is refused with every fault by node and edge, and changes nothing', async () => {
    await client.savePipeline('saved', [source()]);
    const { status, body } = await save(
      [
        source(),
        transform('t', 'gone'),
        alertNode('w', 'gone'),
        enter('p', 'gone'),
        when('s', 'a'),
        { id: 'x', type: 'y' },
      ],
      'in > nowhere',
      'w > in',
      't > t',
    );
    expect([status, body.status]).toEqual([400, 'INVALID_ARGUMENT']);
    expect(Object.keys(body.context).toSorted()).toEqual([
      'edge:in-nowhere',
      'edge:w-in',
      'node:p',
      'node:s',
      'node:t',
      'node:w',
      'node:x',
    ]);
    expect(body.context['node:t']).toHaveLength(2);
    expect(body.error).toContain('edge "w-in": nothing can follow the node "w", which is of type "alert"');
    expect((await client.ok('GET', 'pipelines/saved')).flow.nodes).toHaveLength(1);
  });

  it('takes what the editor of the reference sends', async () => {
    const nodes = [
      {
        id: '__builtin__source_direct',
        type: 'source',
        position: { x: 1, y: 2 },
        deletable: false,
        data: { type: 'direct' },
        measured: { width: 1, height: 2 },
        selected: true,
        dragging: false,
      },
      { ...when('node-1', 'tag = "a"'), position: { x: 1.5, y: -2 }, measured: {} },
      { ...router('node-2', 'default'), position: { x: 0, y: 0 } },
    ];
    const edges = [
      {
        id: 'xy-edge____builtin__source_direct-node-1',
        type: 'smoothstep',
        animated: true,
        source: '__builtin__source_direct',
        sourceHandle: null,
        target: 'node-1',
      },
    ];
    expect((await client.request('PUT', 'pipelines/editor', { flow: { nodes, edges } })).status).toBe(200);
  });

  it('in a circle of pipelines is refused at the one that closes it', async () => {
    await client.savePipeline('one', [source()]);
    await client.savePipeline('two', [source(), enter('to-one', 'one')], 'in > to-one');
    const flow = flowOf([source(), enter('to-two', 'two')], 'in > to-two');
    const { status, body } = await client.request('PUT', 'pipelines/one', { flow });
    expect(status).toBe(400);
    expect(body.context['node:to-two'][0]).toContain('"one" -> "two" -> "one"');
    expect((await client.request('POST', 'pipelines/two/logs', { record: {} })).status).toBe(200);
  });
});

describe('a pipeline that has lost what it names', () => {
  it('is 404 with the node, until it is there again', async () => {
    await client.saveTransformer('soon-gone', '.a = "1"');
    await client.savePipeline(
      'loser',
      [source(), transform('t', 'soon-gone'), router('loser')],
      'in > t > loser',
    );
    await client.ingest('loser', {});
    await client.ok('DELETE', 'transformers/soon-gone');
    const { status, body } = await client.request('POST', 'pipelines/loser/logs', { record: {} });
    expect([status, body.status]).toEqual([404, 'NOT_FOUND']);
    expect(body.error).toBe(
      'not found: pipeline "loser" cannot run: node "t": transformer "soon-gone" does not exist',
    );
    await client.saveTransformer('soon-gone', '.a = "2"');
    await client.ingest('loser', {});
    expect(await client.stored('loser')).toEqual([{ a: '1' }, { a: '2' }]);
  });

  it('without a source for requests is 400', async () => {
    await client.savePipeline('closed', [source('sys', 'syslog'), router('closed')], 'sys > closed');
    const { status, body } = await client.request('POST', 'pipelines/closed/logs', { record: {} });
    expect([status, body.error]).toEqual([
      400,
      'invalid argument: pipeline "closed" has no source of type "direct" to come in by',
    ]);
  });
});

describe('compiling', () => {
  const compilations = async () => {
    const metrics = await (await fetch(`${server.managementUrl}/metrics`)).text();
    return Number(/^flowg_pipeline_compilations_total (\d+)$/m.exec(metrics)![1]);
  };

  it('is done once for each saved version, of the pipeline or of what it names', async () => {
    await client.saveTransformer('version', '.v = "1"');
    await client.savePipeline(
      'versions',
      [source(), transform('version'), router('versions')],
      'in > version > versions',
    );
    const before = await compilations();
    for (let n = 0; n < 5; n++) await client.ingest('versions', {});
    expect((await compilations()) - before).toBe(1);
    await client.savePipeline('unrelated', [source()]);
    await client.ingest('versions', {});
    expect((await compilations()) - before, 'something else was saved').toBe(1);
    await client.saveTransformer('version', '.v = "2"');
    await client.ingest('versions', {});
    expect((await compilations()) - before, 'its transformer was saved').toBe(2);
    await client.savePipeline('versions', [source(), router('versions')], 'in > versions');
    await client.ingest('versions', { v: '3' });
    expect((await compilations()) - before, 'it was saved').toBe(3);
    const versions = (await client.stored('versions')).map(({ v }) => v);
    expect(versions).toEqual(['1', '1', '1', '1', '1', '1', '2', '3']);
  });
});

describe('testing a pipeline', () => {
  beforeAll(() =>
    client.savePipeline(
      'tested',
      [
        source(),
        transform('json'),
        when('errors', 'level = "error"'),
        router('tested'),
        alertNode('w', 'nobody'),
      ],
      'in > json > errors > tested',
      'errors > w',
    ),
  );
  const records = [{ message: '{"level":"error"}' }, { message: '{"level":"info"}' }, { message: 'x' }];

  it('tells what each node saw of each record, and stores and sends nothing', async () => {
    const { trace, error, success } = await client.ok('POST', 'test/pipeline/tested', { records });
    expect(success).toBe(true);
    const seen = trace.map((one: any) => [one.record, one.nodeID, one.output.length, one.error === null]);
    expect(seen).toEqual([
      [0, 'in', 1, true],
      [0, 'json', 1, true],
      [0, 'errors', 1, true],
      expect.arrayContaining([0, 1, true]),
      expect.arrayContaining([0, 1, true]),
      [1, 'in', 1, true],
      [1, 'json', 1, true],
      [1, 'errors', 0, true],
      [2, 'in', 1, true],
      [2, 'json', 0, false],
    ]);
    expect(trace[1]).toEqual({
      record: 0,
      pipeline: 'tested',
      nodeID: 'json',
      input: { message: '{"level":"error"}' },
      output: [{ level: 'error' }],
      error: null,
    });
    expect(error).toMatch(/^record 2: node "json" failed: /);
    expect(await client.stored('tested')).toEqual([]);
    expect((await client.ok('GET', 'alerts/nobody/deliveries')).deliveries).toEqual([]);
  });

  it('runs a flow that is not saved in its place', async () => {
    const flow = flowOf([source(), transform('mark'), router('elsewhere')], 'in > mark > elsewhere');
    const answer = await client.ok('POST', 'test/pipeline/not-saved', { flow, records: [{ a: 'b' }] });
    expect(answer.trace.at(-1)).toMatchObject({ nodeID: 'elsewhere', output: [{ a: 'b', marked: 'yes' }] });
    const bad = await client.request('POST', 'test/pipeline/tested', {
      flow: { nodes: [{ id: 'x' }] },
      records,
    });
    expect([bad.status, bad.body.context]).toEqual([400, { 'node:x': [expect.any(String)] }]);
  });

  it('is 404 for an absent one', async () => {
    expect((await client.request('POST', 'test/pipeline/absent', { records })).status).toBe(404);
  });
});
