import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestServer } from '../support/test-server.js';
import { ALWAYS } from '../logs/logs-client.js';
import { PipelineClient, router, source, transform, when } from './pipeline-client.js';

let server: TestServer;
let client: PipelineClient;

beforeAll(async () => {
  server = await TestServer.start();
  client = new PipelineClient(server, await server.login());
  await client.saveTransformer('mark', '.marked = "yes"');
  await client.savePipeline(
    'all-nodes',
    [source(), transform('mark'), when('marked', 'marked = "yes"'), router('out'), router('as-it-came')],
    'in > mark > marked > out',
    'in > as-it-came',
  );
});
afterAll(() => server.stop());

/** As entries: a parsed object would hide what happened to a name. */
async function entriesOf(stream: string): Promise<[string, unknown][]> {
  const { text } = await client.request('GET', `streams/${stream}/logs?${ALWAYS}`);
  return Object.entries(JSON.parse(/"fields":(.*)\}\]\}\n$/s.exec(text)![1]!) as object);
}

const send = (record: string) =>
  server.request('POST', '/api/v1/pipelines/all-nodes/logs', {
    token: client.token,
    body: `{"record":${record}}`,
    headers: { 'Content-Type': 'application/json' },
  });

describe('through a transformer and a condition', () => {
  it.each([
    ['nothing', '{}'],
    ['an empty name and value', '{"":""}'],
    ['__proto__', '{"__proto__":"x","constructor":"y","toJSON":"z"}'],
    ['NUL', '{"a\\u0000b":"c\\u0000d","\\u0000":"\\u0000"}'],
    ['dots, quotes, brackets', '{"a.b":"1","c[0]":"2","\\"d\\"":"3","@e":"4","%f":"5"}'],
    ['any script', '{"é":"🙂","日本":"\u202e","e\u0301":"\u00e9"}'],
    [
      '10,000 fields',
      JSON.stringify(Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`f${n}`, `${n}`]))),
    ],
    ['a megabyte', JSON.stringify({ value: 'é"\u0001'.repeat(350_000) })],
  ])('comes exactly what there was: %s', async (_case, record) => {
    for (const stream of ['out', 'as-it-came']) await client.ok('DELETE', `streams/${stream}`);
    expect((await send(record)).text).toBe('{"success":true}\n');
    const sent = Object.entries(JSON.parse(record) as object);
    expect(await entriesOf('as-it-came')).toEqual(sent);
    const came = await entriesOf('out');
    const byName = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : 1);
    expect(came.toSorted(byName)).toEqual([...sent, ['marked', 'yes']].toSorted(byName as never));
  });

  it('half of a surrogate pair cannot come: it is refused by the transformer, and stored nowhere', async () => {
    for (const stream of ['out', 'as-it-came']) await client.ok('DELETE', `streams/${stream}`);
    for (const record of ['{"a":"\\ud83d"}', '{"\\ude00":"a"}']) {
      const { status, body } = await send(record);
      expect([status, body.status]).toEqual([400, 'INVALID_ARGUMENT']);
      expect(body.context).toEqual({ 'node:mark': [expect.stringContaining('half of a surrogate pair')] });
    }
    expect(await client.stored('as-it-came')).toEqual([]);
  });
});

describe('what a transformer makes', () => {
  it.each([
    [
      'too many fields',
      'x = split("' + ','.repeat(30_000) + '", ",")\n. = {"x": x}',
      /^invalid argument: node "strange" failed: the result has more than 20000 fields; nothing was stored/,
    ],
    [
      'a value that is too large',
      `x = "${'x'.repeat(400_000)}"\n.y = ${Array(11).fill('x').join(' + ')}`,
      /^invalid argument: node "strange" failed: the result cannot be stored: field "y": the value has 4400000 bytes, 4194304 are possible/,
    ],
    ['no object', '. = array!(.list)', /^invalid argument: node "strange" failed: /],
  ])('is refused where it could not have been sent: %s', async (_case, script, reason) => {
    await client.saveTransformer('strange', script);
    await client.savePipeline(
      'strange',
      [source(), transform('strange'), router('made')],
      'in > strange > made',
    );
    const { status, body } = await client.request('POST', 'pipelines/strange/logs', {
      record: { list: '[]' },
    });
    expect([status, body.error]).toEqual([400, expect.stringMatching(reason)]);
    expect(await client.stored('made')).toEqual([]);
  });
});
