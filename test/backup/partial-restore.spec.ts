import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestsOf, download, ingest, records, upload } from '../support/backup-client.js';
import { TestServer } from '../support/test-server.js';

let server: TestServer;
let root: string;

beforeAll(async () => {
  server = await TestServer.start();
  root = await server.createToken(await server.login());
});
afterAll(() => server.stop());

const texts = async (stream = 'default') =>
  (await records(server, root, stream)).map(({ fields }) => fields.message!).toSorted();
const put = (path: string, json: object) => server.ok('PUT', `/api/v1/${path}`, { token: root, json });

describe('a restore of logs with mode=merge', () => {
  it('brings back what is missing, keeps what is newer, and adds nothing a second time', async () => {
    await ingest(server, root, 5, 'old');
    const backup = (await download(server, root, 'logs')).bytes;
    await server.ok('DELETE', '/api/v1/streams/default', { token: root });
    await ingest(server, root, 2, 'new');

    const dry = await upload(server, root, 'logs', backup, '?mode=merge&dry_run=true');
    expect(dry.body).toMatchObject({ dry_run: true, merged: { added: 5, already_there: 0 } });
    expect(await texts()).toEqual(['new 0', 'new 1']);

    const answer = await upload(server, root, 'logs', backup, '?mode=merge');
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({
      success: true,
      database: 'logs',
      merged: { added: 5, already_there: 0, skipped: 0, streams: { default: { added: 5 } } },
    });
    const all = ['new 0', 'new 1', 'old 0', 'old 1', 'old 2', 'old 3', 'old 4'];
    expect(await texts()).toEqual(all);
    const again = await upload(server, root, 'logs', backup, '?mode=merge');
    expect(again.body.merged).toMatchObject({ added: 0, already_there: 5 });
    expect(await texts()).toEqual(all);
    // What was merged is a sound database: it restores.
    const merged = (await download(server, root, 'logs')).bytes;
    expect((await upload(server, root, 'logs', merged)).status).toBe(200);
  });

  it('takes the streams that are named, and says which there are', async () => {
    const flow = {
      nodes: [
        { id: 'in', type: 'source', data: { type: 'direct' } },
        { id: 'out', type: 'router', data: { stream: 'other' } },
      ],
      edges: [{ id: '1', source: 'in', target: 'out' }],
    };
    await put('pipelines/other', { flow });
    await server.ok('POST', '/api/v1/pipelines/other/logs', {
      token: root,
      json: { record: { message: 'x' } },
    });
    const backup = (await download(server, root, 'logs')).bytes;
    for (const stream of ['default', 'other'])
      await server.ok('DELETE', `/api/v1/streams/${stream}`, { token: root });
    const answer = await upload(server, root, 'logs', backup, '?mode=merge&stream=other');
    expect(answer.body.merged.streams).toEqual({ other: { added: 1, already_there: 0, skipped: 0 } });
    expect(await server.status('GET', '/api/v1/streams/default', { token: root })).not.toBe(500);
    const unknown = await upload(server, root, 'logs', backup, '?mode=merge&stream=nowhere');
    expect(unknown.status).toBe(404);
    expect(unknown.body.error).toContain('"default", "other"');
    const both = await upload(server, root, 'logs', backup, '?mode=merge&stream=other&stream=default');
    expect(Object.keys(both.body.merged.streams).toSorted()).toEqual(['default', 'other']);
  });

  it('stands in the catalogue as a merge that cannot be undone', async () => {
    const { restores } = await server.ok('GET', '/api/v1/restores?limit=1', { token: root });
    expect(restores[0]).toMatchObject({ mode: 'merge', outcome: 'succeeded', undoable_until: null });
    const undo = await server.request('POST', `/api/v1/restores/${restores[0].id}/undo`, { token: root });
    expect(undo.status).toBe(409);
  });
});

describe('a restore of logs with keep_newer', () => {
  it('loses no line that is acknowledged while it goes on', async () => {
    await ingest(server, root, 5, 'before');
    const backup = (await download(server, root, 'logs')).bytes;
    await ingest(server, root, 5, 'after');
    let writing = true;
    const acknowledged: string[] = [];
    const writer = (async () => {
      for (let number = 0; writing; number++) {
        const message = `meanwhile ${number}`;
        await server.ok('POST', '/api/v1/pipelines/default/logs', {
          token: root,
          json: { record: { message } },
        });
        acknowledged.push(message);
      }
    })();
    for (let time = 0; time < 5; time++) {
      const answer = await upload(server, root, 'logs', backup, '?keep_newer=true');
      expect(answer.status, answer.text).toBe(200);
      expect(answer.body.kept_newer.entries).toBeGreaterThanOrEqual(5);
    }
    writing = false;
    await writer;
    const found = await texts();
    expect(acknowledged.length).toBeGreaterThan(5);
    expect(new Set(found).size).toBe(found.length);
    for (const message of [...acknowledged, 'before 0', 'after 4']) expect(found).toContain(message);
  });

  it('keeps what came in since a restore that undoes itself, and over an undo that asks for it', async () => {
    const backup = (await download(server, root, 'logs')).bytes;
    const provisional = await upload(server, root, 'logs', backup, '?confirm_within=1');
    expect(provisional.status, provisional.text).toBe(200);
    await ingest(server, root, 3, 'provisional');
    const undone = async () =>
      (await server.ok('GET', `/api/v1/restores/${provisional.body.restore_id}`, { token: root })).restore
        .undone_by;
    await expect.poll(undone, { timeout: 10_000 }).not.toBeNull();
    expect(await texts()).toEqual(expect.arrayContaining(['provisional 0', 'provisional 2']));

    const { restore_id: id } = (await upload(server, root, 'logs', backup)).body;
    await ingest(server, root, 2, 'since');
    const undo = await server.request('POST', `/api/v1/restores/${id}/undo?keep_newer=true`, { token: root });
    expect(undo.status, undo.text).toBe(200);
    expect(await texts()).toEqual(expect.arrayContaining(['provisional 0', 'since 0', 'since 1']));
  });
});

describe('a restore of config with only', () => {
  it('takes single definitions out of a backup, and leaves the rest', async () => {
    await put('transformers/json', { script: '. = parse_json!(.message)' });
    await put('transformers/gone', { script: '.x = 1' });
    const backup = (await download(server, root, 'config')).bytes;
    await put('transformers/json', { script: '. = {}' });
    await put('transformers/newer', { script: '.y = 1' });
    await server.ok('DELETE', '/api/v1/transformers/gone', { token: root });

    const answer = await upload(server, root, 'config', backup, '?only=transformers/json');
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({ success: true, taken: { transformers: ['json'], pipelines: [] } });
    const { script } = await server.ok('GET', '/api/v1/transformers/json', { token: root });
    expect(script).toBe('. = parse_json!(.message)');
    const { transformers } = await server.ok('GET', '/api/v1/transformers', { token: root });
    expect(transformers.toSorted()).toEqual(['json', 'newer']);
    const { restores } = await server.ok('GET', '/api/v1/restores?limit=1', { token: root });
    expect(restores[0]).toMatchObject({ mode: 'only', outcome: 'succeeded', generation: null });
  });

  it('is refused as a whole when one of them is not there, or could not be saved', async () => {
    await put('transformers/needed', { script: '. = {}' });
    const flow = {
      nodes: [
        { id: 'in', type: 'source', data: { type: 'direct' } },
        { id: 't', type: 'transform', data: { transformer: 'needed' } },
      ],
      edges: [{ id: '1', source: 'in', target: 't' }],
    };
    await put('pipelines/needy', { flow });
    const backup = (await download(server, root, 'config')).bytes;
    await server.ok('DELETE', '/api/v1/pipelines/needy', { token: root });
    await server.ok('DELETE', '/api/v1/transformers/needed', { token: root });
    const before = await digestsOf(server, root);
    const missing = await upload(server, root, 'config', backup, '?only=transformers/json,alerts/none');
    expect(missing.status, missing.text).toBe(404);
    const dangling = await upload(server, root, 'config', backup, '?only=pipelines/needy');
    expect(dangling.status, dangling.text).toBe(400);
    expect(dangling.text).toContain('needed');
    for (const query of ['?only=', '?only=pipelines', '?only=streams/default'])
      expect((await upload(server, root, 'config', backup, query)).status).toBe(400);
    expect(await digestsOf(server, root)).toEqual(before);
    const together = await upload(
      server,
      root,
      'config',
      backup,
      '?only=pipelines/needy,transformers/needed',
    );
    expect(together.status, together.text).toBe(200);
  });
});
