import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { download, upload } from '../support/backup-client.js';
import { TestServer } from '../support/test-server.js';
import { LogsClient } from './logs-client.js';

/**
 * What an append leaves is remembered, so that the next one need not ask the database. Here everything that makes that
 * untrue happens in between. A backup is only restorable with true sums and complete indexes: so its check is the judge.
 */
let server: TestServer;
let logs: LogsClient;

beforeAll(async () => {
  server = await TestServer.start();
  logs = new LogsClient(server, await server.createToken(await server.login()));
  for (const stream of ['kept', 'changed', 'purged', 'small']) await logs.route(stream, stream);
  await logs.route('both', 'kept', 'changed');
});
afterAll(() => server.stop());

const configure = (stream: string, config: object) => logs.ok('PUT', `streams/${stream}`, { config });

async function complaint(): Promise<string | undefined> {
  const { bytes } = await download(server, logs.token!, 'logs');
  const body = new FormData();
  body.append('backup', new Blob([bytes]), 'logs.db');
  return (await server.ok('POST', '/api/v1/backup/verify', { token: logs.token, body })).error;
}

async function namesOf(stream: string): Promise<string[]> {
  const names = (await logs.records(stream)).flatMap(({ fields }) => Object.keys(fields));
  return [...new Set(names)].toSorted();
}

describe('appending', () => {
  it('stays true to the last byte while settings, indexes, retention and purges change in between', async () => {
    let going = true;
    let n = 0;
    const acknowledged = { kept: 0 };
    const writer = async () => {
      while (going) {
        const record = { [`field-${n++ % 50}`]: `it's number ${n}`, text: 'é'.repeat(n % 300) };
        const pipeline = ['kept', 'changed', 'purged', 'small', 'both'][n % 5]!;
        await logs.ingest(pipeline, record);
        if (pipeline === 'kept' || pipeline === 'both') acknowledged.kept++;
      }
    };
    const changes = async () => {
      for (let round = 0; round < 12; round++) {
        await configure('changed', {
          ttl: round % 3,
          indexed_fields: round % 2 ? ['text', 'field-1'] : ['field-2'],
        });
        await logs.ok('DELETE', 'streams/purged');
        await configure('small', { size: round % 2 });
        await logs.ok('POST', 'pipelines/small/logs', { record: { text: 'x'.repeat(400_000) } });
        await new Promise((done) => setTimeout(done, 40));
      }
      going = false;
    };
    await Promise.all([writer(), writer(), writer(), writer(), changes()]);

    expect(await complaint()).toBeUndefined();
    expect(await logs.records('kept')).toHaveLength(acknowledged.kept);
    for (const stream of ['kept', 'purged'])
      expect((await logs.ok('GET', `streams/${stream}/fields`)).fields.toSorted()).toEqual(
        await namesOf(stream),
      );
  });

  it('goes on in the state that a restore has put back', async () => {
    const { bytes } = await download(server, logs.token!, 'logs');
    const before = (await logs.records('kept')).length;
    await logs.route('new', 'new');
    await logs.ingest('new', { only: 'in the state that is replaced' });
    await logs.ingest('kept', { only: 'in the state that is replaced' });

    expect((await upload(server, logs.token!, 'logs', bytes)).status).toBe(200);
    await logs.ingest('kept', { only: 'after it' });
    await logs.ingest('new', { only: 'after it' });
    expect((await logs.records('new')).map(({ fields }) => fields)).toEqual([{ only: 'after it' }]);
    expect(await logs.records('kept')).toHaveLength(before + 1);
    expect((await logs.ok('GET', 'streams/kept/fields')).fields).toContain('only');
    expect(await complaint()).toBeUndefined();
  });
});
