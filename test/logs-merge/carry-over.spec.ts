import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StagedGeneration } from '#src/database/database.js';
import { LogsRestorePolicy } from '#src/logs/logs-restore-policy.js';
import { DeliveriesStore } from '#src/logs/deliveries/deliveries.store.js';
import { CarryOverService } from '#src/logs/merge/carry-over.service.js';
import { PurgeService } from '#src/logs/streams/purge.service.js';
import { PurgeStore } from '#src/logs/streams/purge.store.js';
import { BASE_MS, line, run, steps } from './any-history.js';
import {
  lacking,
  type LogsFolder,
  openLogs,
  refusalOf,
  stageBackup,
  store,
  union,
  visible,
} from './logs-folder.js';

const RUNS = 15;
const service = new CarryOverService();

let folder: LogsFolder;
beforeEach(async () => {
  folder = await openLogs();
});
afterEach(() => folder.close());

const since = (lines: string[], sinceMs: number) => lines.filter((text) => JSON.parse(text)[1] >= sinceMs);

describe('what is carried over', () => {
  it('is all that came since, once, whatever both have', { timeout: 300_000 }, async () => {
    const lines = fc.array(line, { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(steps, steps, lines, lines, async (before, after, meanwhile, atTheEnd) => {
        const here = await openLogs();
        try {
          await run(here, before);
          const to = await stageBackup(here, here);
          await run(here, after);
          const inBackup = await visible(to);
          const limited = new Set(
            (await to.read((manager) => manager.query('SELECT name FROM stream WHERE size_mb > 0'))).map(
              ({ name }: { name: string }) => name,
            ),
          );
          const sinceMs = BASE_MS + 2;
          const from = await here.logs.hold();
          const carryOver = await service.begin(from, to, sinceMs);
          if (meanwhile.length > 0) await store(here, meanwhile);
          if (atTheEnd.length > 0) await store(here, atTheEnd);
          const carried = await carryOver.finish();

          const now = await visible(to);
          // What is late is carried too: it was stored behind the backup, where everything has one time.
          const lateToo = since(await visible(here.logs), sinceMs);
          const isFree = (text: string) => !limited.has(JSON.parse(text)[0]);
          expect(since(now, sinceMs).filter(isFree)).toEqual(
            union(since(inBackup, sinceMs), lateToo).filter(isFree),
          );
          expect(lacking(now, inBackup).filter(isFree), 'lost of the backup').toEqual([]);
          // Where a size is limited, what was carried may have become too much since, where it came from.
          const newHere = lacking(inBackup, now).filter(isFree);
          expect(lacking(await visible(here.logs), newHere), 'of neither').toEqual([]);
          expect(await refusalOf(to)).toBeUndefined();
          if (limited.size === 0) expect(carried.entries).toBe(lacking(inBackup, now).length);

          const again = await (await service.begin(from, to, sinceMs)).finish();
          expect(again.entries).toBe(0);
          expect(await visible(to)).toEqual(now);
          from.release();
        } finally {
          await here.close();
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('loses and doubles nothing of what is acknowledged while it copies', async () => {
    await folder.streams.configure('a', { ttl: 0, size: 0, indexed_fields: ['n'] });
    let n = 0;
    const acknowledged: string[] = [];
    const ingest = async (count: number) => {
      const lines = Array.from({ length: count }, () => ({
        stream: n % 3 ? 'a' : 'b',
        timestampMs: Date.now(),
        record: { n: String(n++) },
      }));
      await store(folder, lines);
      acknowledged.push(...lines.map(({ record }) => record.n));
    };
    await ingest(500);
    const to = await stageBackup(folder, folder);
    const sinceMs = Date.parse(to.manifest.instant);
    let ingesting = true;
    let requests = 0;
    const writers = [1, 7, 400].map(async (count) => {
      while (ingesting) {
        await ingest(count);
        requests++;
      }
    });
    while (requests < 30) await new Promise((done) => setTimeout(done, 5));
    const from = await folder.logs.hold();
    const carryOver = await service.begin(from, to, sinceMs);
    const atBegin = requests;
    while (requests < atBegin + 5) await new Promise((done) => setTimeout(done, 5));
    await folder.logs.holdWrites(async () => {
      const { entries } = await carryOver.finish();
      expect(entries).toBeGreaterThan(0);
      expect(await visible(to)).toEqual(await visible(folder.logs));
      const mine = (await visible(to)).map((text) => JSON.parse(JSON.parse(text)[3]).n as string);
      expect(lacking(mine, acknowledged)).toEqual([]);
      expect(new Set(mine).size).toBe(mine.length);
    });
    ingesting = false;
    await Promise.all(writers);
    expect(await refusalOf(to)).toBeUndefined();
    from.release();
  });

  it('has the ids it had, so that ids of events and cursors go on to mean the same', async () => {
    const sinceMs = Date.now();
    const to = await stageBackup(folder, folder);
    await store(folder, [{ stream: 'gone', timestampMs: sinceMs, record: { n: 'a gap' } }]);
    for (let n = 0; n < 6; n++)
      await store(folder, [{ stream: n % 2 ? 'a' : 'b', timestampMs: sinceMs + n, record: { n: `${n}` } }]);
    await new PurgeService(new PurgeStore(folder.logs)).purge('gone');
    const from = await folder.logs.hold();
    await (await service.begin(from, to, sinceMs)).finish();
    const ids = (database: Pick<StagedGeneration, 'read'>) =>
      database.read((manager) => manager.query('SELECT id, fields FROM entry ORDER BY id'));
    expect(await ids(to)).toEqual(await ids(folder.logs));
    from.release();
  });

  it('comes too where ids are given a second time after the newest entries were removed', async () => {
    const sinceMs = Date.now();
    const to = await stageBackup(folder, folder);
    await store(folder, [{ stream: 'kept', timestampMs: sinceMs, record: { n: 'first' } }]);
    await store(folder, [{ stream: 'gone', timestampMs: sinceMs + 1, record: { n: 'gone' } }]);
    const from = await folder.logs.hold();
    const carryOver = await service.begin(from, to, sinceMs);
    await new PurgeService(new PurgeStore(folder.logs)).purge('gone');
    await store(folder, [{ stream: 'kept', timestampMs: sinceMs + 2, record: { n: 'second' } }]);
    const { streams } = await carryOver.finish();
    expect(streams).toEqual({ kept: 2, gone: 1 });
    expect((await visible(to)).filter((text) => text.includes('kept'))).toEqual(await visible(folder.logs));
    from.release();
  });

  it('has what was stamped before the backup and stored behind it, and nothing else of before', async () => {
    await store(folder, [{ stream: 'a', timestampMs: 5_000_000, record: { n: 'deleted in the backup' } }]);
    const to = await stageBackup(folder, folder);
    await to.write((manager) => manager.query('UPDATE entry SET sub_ns = 5'));
    await store(folder, [{ stream: 'a', timestampMs: 5_000_001, record: { n: 'late' } }]);
    const from = await folder.logs.hold();
    const { streams } = await (await service.begin(from, to, 5_010_000)).finish();
    expect(streams).toEqual({ a: 1 });
    expect((await visible(to)).join()).toContain('late');
    from.release();
  });

  it('does not bring back what has expired or is hidden, and takes settings of new streams along', async () => {
    const sinceMs = Date.now();
    const to = await stageBackup(folder, folder);
    await folder.streams.configure('short', { ttl: 1, size: 0, indexed_fields: [] });
    await folder.streams.configure('new', { ttl: 500, size: 7, indexed_fields: ['n', 'm'] });
    await store(folder, [
      { stream: 'short', timestampMs: sinceMs, record: { n: 'expires' } },
      { stream: 'new', timestampMs: sinceMs, record: { n: 'hidden' } },
      { stream: 'new', timestampMs: sinceMs + 1, record: { n: 'shown' } },
    ]);
    await folder.logs.write(async (manager) => {
      await manager.query(`UPDATE entry SET expires_ms = ? WHERE fields GLOB '*expires*'`, [sinceMs - 1]);
      await manager.query(
        `UPDATE stream SET floor_ms = ?, floor_id = (SELECT id FROM entry WHERE fields GLOB '*hidden*'),
           hidden_bytes = 80 WHERE name = 'new'`,
        [sinceMs],
      );
    });
    const from = await folder.logs.hold();
    const carryOver = await service.begin(from, to, sinceMs);
    // Stored with a time that lies below the floor, as after a clock was set back.
    await store(folder, [{ stream: 'new', timestampMs: sinceMs - 1, record: { n: 'below' } }]);
    const { streams } = await carryOver.finish();
    expect(streams).toEqual({ new: 1 });
    const [stream] = await to.read((manager) =>
      manager.query(`SELECT ttl_seconds, size_mb, indexed_fields FROM stream WHERE name = 'new'`),
    );
    expect(stream).toEqual({ ttl_seconds: 500, size_mb: 7, indexed_fields: '["n","m"]' });
    const [{ expires }] = await to.read((manager) =>
      manager.query('SELECT expires_ms AS expires FROM entry'),
    );
    expect(expires).toBe(sinceMs + 1 + 500_000);
    expect(await refusalOf(to)).toBeUndefined();
    from.release();
  });
});

describe('alerts that are owed', () => {
  const NOW = Date.now();
  const owe = (id: number, createdMs: number, uuid: string = randomUUID()) =>
    folder.logs.write((manager) =>
      manager.query(
        `INSERT INTO alert_delivery (id, uuid, alert, timestamp_ms, sub_ns, fields, created_ms, attempts, next_ms)
         VALUES (?, ?, 'w', 5, 0, '{"a":"b"}', ?, 2, ?)`,
        [id, uuid, createdMs, NOW],
      ),
    );
  const rows = (database: Pick<StagedGeneration, 'read'>) =>
    database.read((manager) =>
      manager.query(
        'SELECT id, attempts, next_ms IS NOT NULL AS waits, outcome FROM alert_delivery ORDER BY id',
      ),
    );
  const waiting = { attempts: 2, waits: 1, outcome: null };

  it('go on to be owed under their ids, and are not owed when they were settled meanwhile', async () => {
    await owe(1, NOW - 1000);
    const to = await stageBackup(folder, folder);
    await new LogsRestorePolicy().prepare(to);
    for (const id of [2, 3, 4]) await owe(id, NOW + id);
    const from = await folder.logs.hold();
    const carryOver = await service.begin(from, to, NOW);
    const deliveries = new DeliveriesStore(folder.logs);
    const due = (await deliveries.due('w', NOW, 9, [])).find(({ id }) => id === 3);
    await deliveries.settle([{ ...due!, outcome: 'delivered', nextMs: null, status: 200, error: null }]);
    await owe(5, NOW + 5);
    await carryOver.finish();
    expect(await rows(to)).toEqual([
      { id: 1, attempts: 2, waits: 0, outcome: 'suspended' },
      { id: 2, ...waiting },
      { id: 3, attempts: 3, waits: 0, outcome: 'delivered' },
      { id: 4, ...waiting },
      { id: 5, ...waiting },
    ]);
    expect(await refusalOf(to)).toBeUndefined();
    from.release();
  });

  it('get another id where theirs is taken, and wait again where the backup had them in the same millisecond', async () => {
    const both = randomUUID();
    await owe(8, NOW - 1000);
    await owe(9, NOW, both);
    const to = await stageBackup(folder, folder);
    await new LogsRestorePolicy().prepare(to);
    await folder.logs.write((manager) => manager.query('DELETE FROM alert_delivery WHERE id = 8'));
    await owe(8, NOW + 1);
    const from = await folder.logs.hold();
    await (await service.begin(from, to, NOW)).finish();
    expect(await rows(to)).toEqual([
      { id: 8, attempts: 2, waits: 0, outcome: 'suspended' },
      { id: 9, ...waiting },
      { id: 10, ...waiting },
    ]);
    from.release();
  });
});
