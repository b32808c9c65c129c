import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FieldIndexesStore } from '#src/logs/streams/field-indexes.store.js';
import { PurgeStore } from '#src/logs/streams/purge.store.js';
import { RetentionStore } from '#src/logs/streams/retention.store.js';
import { type LogsFolder, openLogs, refusalOf, store, visible } from '../logs-merge/logs-folder.js';

let folder: LogsFolder;

beforeEach(async () => {
  folder = await openLogs();
  await folder.streams.configure('s', { ttl: 0, size: 0, indexed_fields: ['n'] });
  const lines = Array.from({ length: 10 }, (_, n) => ({
    stream: 's',
    timestampMs: 1_000_000 + n,
    record: { n: String(n) },
  }));
  await store(folder, lines);
});
afterEach(() => folder.close());

const change = (sql: string) => folder.logs.writeScript(() => sql);
const rowsOf = async (sql: string) => folder.logs.read((manager) => manager.query<unknown[]>(sql));

/** What happens between the look for a piece and its turn. */
function beforeTheTurn(sql: string): { hits: number } {
  const { logs } = folder;
  const counted = { hits: 0 };
  Object.assign(logs, {
    writeUnseen: async (script: () => string) => {
      Reflect.deleteProperty(logs, 'writeUnseen');
      counted.hits++;
      await change(sql);
      return logs.writeUnseen(script);
    },
  });
  return counted;
}

const HIDE_FIVE = `UPDATE stream SET floor_ms = 1000004, floor_id = (SELECT id FROM entry WHERE timestamp_ms = 1000004),
  hidden_bytes = (SELECT sum(octet_length(fields) + 64) FROM entry WHERE timestamp_ms <= 1000004)`;
const SHOW_ALL = 'UPDATE stream SET floor_ms = NULL, floor_id = NULL, hidden_bytes = 0';

describe('a piece that is removed', () => {
  it('has what has expired, and nothing of which that is no longer true', async () => {
    const retention = new RetentionStore(folder.logs);
    await change('UPDATE entry SET expires_ms = 5 WHERE timestamp_ms < 1000004');
    const between = beforeTheTurn('UPDATE entry SET expires_ms = 50 WHERE timestamp_ms = 1000001');
    await retention.removeExpired(10);
    expect(between.hits).toBe(1);
    const left = await visible(folder.logs, 0);
    expect(left.map((line) => (JSON.parse(line) as unknown[])[1])).toEqual([
      1_000_001, 1_000_004, 1_000_005, 1_000_006, 1_000_007, 1_000_008, 1_000_009,
    ]);
    expect(await refusalOf(folder.logs)).toBeUndefined();
    await retention.removeExpired(10);
    expect(await visible(folder.logs, 0)).toHaveLength(7);
  });

  it('has what is hidden, and nothing that is shown again', async () => {
    const retention = new RetentionStore(folder.logs);
    await change(HIDE_FIVE);
    const between = beforeTheTurn(SHOW_ALL);
    await retention.removeHidden();
    expect(between.hits).toBe(1);
    expect(await visible(folder.logs)).toHaveLength(10);
    await change(HIDE_FIVE);
    await retention.removeHidden();
    expect(await rowsOf('SELECT id FROM entry')).toHaveLength(5);
    expect(await refusalOf(folder.logs)).toBeUndefined();
  });

  it('takes the floor away when nothing lies below, and leaves one below which something does', async () => {
    const retention = new RetentionStore(folder.logs);
    await change('UPDATE stream SET floor_ms = 5, floor_id = 1');
    const between = beforeTheTurn(HIDE_FIVE);
    await retention.removeHidden();
    expect(between.hits).toBe(1);
    expect(await visible(folder.logs)).toHaveLength(5);
    await retention.removeHidden();
    await retention.removeHidden();
    expect(await rowsOf('SELECT 1 FROM stream WHERE floor_ms IS NOT NULL')).toEqual([]);
    expect(await visible(folder.logs)).toHaveLength(5);
  });

  it.each([
    ['entries', 'DELETE FROM indexed_value; DELETE FROM stream_index'],
    ['places in an index', ''],
  ])('is of a stream that is detached: %s of one that is there again stay', async (_what, before) => {
    const purges = new PurgeStore(folder.logs);
    const id = (await purges.detach('s'))!;
    await change(before || 'SELECT 1');
    const between = beforeTheTurn(`UPDATE stream SET name = 's'; UPDATE stream_index SET field = '"n"'`);
    await purges.removeChunk(id);
    expect(between.hits).toBe(1);
    expect(await visible(folder.logs)).toHaveLength(10);
    expect(await rowsOf('SELECT 1 FROM indexed_value')).toHaveLength(before ? 0 : 10);
    expect(await purges.removeChunk(id)).toBe(false);
    await purges.detach('s');
    while (await purges.removeChunk(id));
    for (const table of ['stream', 'stream_field', 'stream_index', 'indexed_value', 'entry'])
      expect(await rowsOf(`SELECT 1 FROM ${table}`)).toEqual([]);
  });

  it('is of an index that was given up, and of none that is in use again', async () => {
    const indexes = new FieldIndexesStore(folder.logs);
    await change('UPDATE stream_index SET field = NULL');
    const between = beforeTheTurn(`UPDATE stream_index SET field = '"n"'`);
    await indexes.removeStep();
    expect(between.hits).toBe(1);
    expect(await rowsOf('SELECT 1 FROM indexed_value')).toHaveLength(10);
    expect(await indexes.list('s')).toHaveLength(1);
    await change('UPDATE stream_index SET field = NULL');
    await indexes.removeStep();
    expect(await rowsOf('SELECT 1 FROM indexed_value')).toEqual([]);
    expect(await rowsOf('SELECT 1 FROM stream_index')).toEqual([]);
  });

  it('is of what is over the size of a stream, and of none that may be larger again', async () => {
    const retention = new RetentionStore(folder.logs);
    await change(`UPDATE entry SET fields = json_set(fields, '$.m', hex(zeroblob(200000)))`);
    await change(`UPDATE stream SET size_mb = 1,
      entry_bytes = (SELECT sum(octet_length(fields) + 64) FROM entry)`);
    const between = beforeTheTurn('UPDATE stream SET size_mb = 2');
    await retention.applySize('s');
    expect(between.hits).toBe(1);
    expect(await visible(folder.logs)).toHaveLength(5);
    await change('UPDATE stream SET size_mb = 1');
    await retention.applySize('s');
    expect(await visible(folder.logs)).toHaveLength(2);
    expect(await refusalOf(folder.logs)).toBeUndefined();
  });

  it('is followed by others until the size is reached, also where what was hidden is removed in between', async () => {
    const retention = new RetentionStore(folder.logs);
    const lines = Array.from({ length: 300 }, (_, n) => ({
      stream: 'long',
      timestampMs: 2_000_000 + n,
      record: { m: 'x'.repeat(10_000) },
    }));
    await store(folder, lines);
    await change(`UPDATE stream SET size_mb = 1 WHERE name = 'long'`);
    const { logs } = folder;
    const floors = () => rowsOf('SELECT 1 FROM stream WHERE floor_ms IS NOT NULL');
    let pieces = 0;
    Object.assign(logs, {
      writeUnseen: async (script: () => string) => {
        Reflect.deleteProperty(logs, 'writeUnseen');
        await logs.writeUnseen(script);
        pieces++;
        while ((await floors()).length > 0) await retention.removeHidden();
      },
    });
    await retention.applySize('long');
    expect(pieces).toBe(1);
    const visibleBytes = 'SELECT 1 FROM stream WHERE entry_bytes - hidden_bytes > 1048576';
    expect(await rowsOf(visibleBytes)).toEqual([]);
    expect(await refusalOf(logs)).toBeUndefined();
  });

  it('ends where there is nothing to hide, also because the stream is gone by then', async () => {
    const retention = new RetentionStore(folder.logs);
    await change(`INSERT INTO stream (name, size_mb, entry_bytes) VALUES ('empty', 1, 9000000)`);
    await retention.applySize('empty');
    await change(`INSERT INTO entry (stream_id, timestamp_ms, sub_ns, fields)
      SELECT id, 1, 0, '{}' FROM stream WHERE name = 'empty'`);
    const between = beforeTheTurn(
      `DELETE FROM entry WHERE timestamp_ms = 1; DELETE FROM stream WHERE name = 'empty'`,
    );
    await retention.applySize('empty');
    expect(between.hits).toBe(1);
    expect(await visible(folder.logs)).toHaveLength(10);
  });
});

describe('a piece of an index that is built', () => {
  const building =
    'UPDATE stream_index SET until_id = (SELECT max(id) FROM entry), built_ms = -1, built_id = 0';

  it('has what is there when its turn has come', async () => {
    const indexes = new FieldIndexesStore(folder.logs);
    await change(`DELETE FROM indexed_value; ${building}`);
    const between = beforeTheTurn('DELETE FROM entry WHERE timestamp_ms = 1000003');
    await indexes.buildStep();
    expect(between.hits).toBe(1);
    expect(await rowsOf('SELECT 1 FROM indexed_value')).toHaveLength(9);
    expect(await indexes.list('s')).toMatchObject([{ ready: false, builtCount: 9 }]);
    await indexes.buildStep();
    expect(await indexes.list('s')).toMatchObject([{ ready: true }]);
  });

  it.each([
    ['given up', 'UPDATE stream_index SET field = NULL, until_id = NULL', 0],
    ['somewhere else', 'UPDATE stream_index SET built_ms = 1000007, built_id = 8', 0],
  ])('is none of an index that is %s by then', async (_what, sql, places) => {
    const indexes = new FieldIndexesStore(folder.logs);
    await change(`DELETE FROM indexed_value; ${building}`);
    const between = beforeTheTurn(sql);
    await indexes.buildStep();
    expect(between.hits).toBe(1);
    expect(await rowsOf('SELECT 1 FROM indexed_value')).toHaveLength(places);
  });

  it('is not the last where something has come behind', async () => {
    const indexes = new FieldIndexesStore(folder.logs);
    await change(building.replace('-1', '1000009').replace('built_id = 0', 'built_id = 10'));
    const between = beforeTheTurn('UPDATE entry SET timestamp_ms = 1000020 WHERE timestamp_ms = 1000009');
    await indexes.buildStep();
    expect(between.hits).toBe(1);
    expect(await indexes.list('s')).toMatchObject([{ ready: false }]);
  });
});

describe('what appends remember', () => {
  it('stays true: they look at nothing again, whatever goes on meanwhile', async () => {
    const [purges, retention] = [new PurgeStore(folder.logs), new RetentionStore(folder.logs)];
    const indexes = new FieldIndexesStore(folder.logs);
    await change(`UPDATE entry SET expires_ms = 5 WHERE timestamp_ms IN (1000002, 1000007)`);
    await change(HIDE_FIVE);
    await store(folder, [{ stream: 'purged', timestampMs: 1_000_010, record: { m: '1' } }]);
    await change(`INSERT INTO stream_index (id, stream_id) SELECT 99, id FROM stream WHERE name = 's'`);
    await change(`INSERT INTO stream_index (id, stream_id, field, until_id, built_ms, built_id)
      SELECT 100, id, '"m"', 10, 1000006, 7 FROM stream WHERE name = 's'`);
    await change(`UPDATE stream SET size_mb = 1`);
    const id = (await purges.detach('purged'))!;
    let n = 0;
    const append = () => {
      n++;
      return store(folder, [{ stream: 's', timestampMs: 1_000_100 + n, record: { n: String(n) } }]);
    };
    await append();
    const looks = vi.spyOn(folder.logs, 'write');
    const { revision } = folder.logs;
    const upkeep = [
      () => retention.removeExpired(10),
      () => retention.removeHidden(),
      () => retention.removeHidden(),
      () => retention.applySize('s'),
      () => indexes.buildStep(),
      () => indexes.buildStep(),
      () => indexes.removeStep(),
      () => purges.removeChunk(id),
      () => purges.removeChunk(id),
    ];
    for (const step of upkeep) {
      await step();
      await append();
    }
    expect(folder.logs.revision).toBe(revision + upkeep.length);
    expect(looks).not.toHaveBeenCalled();
    expect(await rowsOf(`SELECT 1 FROM stream WHERE name IS NULL OR floor_ms IS NOT NULL`)).toEqual([]);
    expect(await rowsOf(`SELECT 1 FROM stream_index WHERE field IS NULL OR until_id IS NOT NULL`)).toEqual(
      [],
    );
    expect(await refusalOf(folder.logs)).toBeUndefined();
    expect(await visible(folder.logs, 10)).toHaveLength(4 + n);
  });

  it('is not the floor of a stream, nor more room than it has: each append sees what it has become', async () => {
    await change('UPDATE stream SET size_mb = 1');
    const append = (timestampMs: number, bytes: number) =>
      store(folder, [{ stream: 's', timestampMs, record: { n: 'x'.repeat(bytes) } }]);
    await append(1_000_100, 1);
    const looks = vi.spyOn(folder.logs, 'write');
    await folder.logs.writeUnseen(() => HIDE_FIVE);
    // As after a clock that was set back: hidden from the beginning, and counted so.
    await append(1_000_002, 1);
    expect(await visible(folder.logs)).toHaveLength(6);
    expect(await refusalOf(folder.logs)).toBeUndefined();
    for (let n = 0; n < 4; n++) await append(1_000_200 + n, 300_000);
    expect(await visible(folder.logs)).toHaveLength(3);
    expect(await refusalOf(folder.logs)).toBeUndefined();
    expect(looks).not.toHaveBeenCalled();
  });
});
