import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestServer } from '../support/test-server.js';
import { PipelineClient } from './pipeline-client.js';
import { lines, saveReferencePipeline } from './reference-pipeline.js';

let server: TestServer;
let client: PipelineClient;

beforeAll(async () => {
  server = await TestServer.start();
  client = new PipelineClient(server, await server.login());
  await saveReferencePipeline(client, 'test');
});
afterAll(() => server.stop());

it('takes each of the 108 lines into the right stream with the right fields', async () => {
  expect(lines).toHaveLength(108);
  for (const { line } of lines) await client.ingest('test', { message: line });
  for (const stream of ['users', 'database', 'access']) {
    const expected = lines.filter((one) => one.stream === stream).map(({ fields }) => fields);
    expect(await client.stored(stream), stream).toEqual(expected);
  }
  expect(Object.keys((await client.ok('GET', 'streams')).streams)).toEqual(['access', 'database', 'users']);
});

it('does the same with all of them in one request, as newer clients send them', async () => {
  for (const stream of ['users', 'database', 'access']) await client.ok('DELETE', `streams/${stream}`);
  const { body } = await client.struct(
    'test',
    lines.map(({ line }) => ({ message: line })),
  );
  expect(body).toEqual({ success: true, processed_count: 108 });
  for (const stream of ['users', 'database', 'access']) {
    const expected = lines.filter((one) => one.stream === stream).map(({ fields }) => fields);
    expect(await client.stored(stream), stream).toEqual(expected);
  }
});
