import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { armFailpoints } from '#src/failpoints.js';
import { removalScript } from '#src/logs/entries/remove-entries.store.js';
import { MergeService } from '#src/logs/merge/merge.service.js';
import { EntryPagesStore } from '#src/logs/query/entry-pages.store.js';
import { FieldIndexesStore } from '#src/logs/streams/field-indexes.store.js';
import { PurgeService } from '#src/logs/streams/purge.service.js';
import { PurgeStore } from '#src/logs/streams/purge.store.js';
import { RetentionStore } from '#src/logs/streams/retention.store.js';
import { ReplayStore } from '#src/logs/watch/replay.store.js';
import {
  lacking,
  type Line,
  type LogsFolder,
  openLogs,
  refusalOf,
  stageBackup,
  store,
  union,
  visible,
} from './logs-folder.js';
import { recordsOf } from '../support/page-records.js';

let donor: LogsFolder;
let here: LogsFolder;
let merge: MergeService;

beforeEach(async () => {
  donor = await openLogs();
  here = await openLogs();
  merge = new MergeService(here.logs);
});
afterEach(async () => {
  armFailpoints(undefined);
  await donor.close();
  await here.close();
});

const numbered = (stream: string, from: number, to: number, timestampMs = 1_000_000): Line[] =>
  Array.from({ length: to - from }, (_, index) => ({
    stream,
    timestampMs: timestampMs + from + index,
    record: { n: String(from + index) },
  }));
const problem = (merging: Promise<unknown>) =>
  merging.then(
    () => undefined,
    (error: { code: string; message: string }) => [error.code, error.message],
  );
const purge = (stream: string) => new PurgeService(new PurgeStore(here.logs)).purge(stream);

describe('a merge', () => {
  it('answers for each stream, takes the chosen ones, and makes missing ones as the backup has them', async () => {
    await donor.streams.configure('new', { ttl: 900, size: 3, indexed_fields: ['n'] });
    await donor.streams.configure('both', { ttl: 0, size: 0, indexed_fields: ['other'] });
    await donor.streams.ensure('empty');
    await store(donor, [...numbered('new', 0, 3, Date.now()), ...numbered('both', 0, 10)]);
    await here.streams.configure('both', { ttl: 77, size: 0, indexed_fields: ['n'] });
    await store(here, numbered('both', 4, 20));
    const staged = await stageBackup(donor, here);

    expect(await merge.merge(staged, { streams: ['both'] })).toEqual({
      added: 4,
      already_there: 6,
      skipped: 0,
      streams: { both: { added: 4, already_there: 6, skipped: 0 } },
    });
    expect((await here.streams.list()).map(([name]) => name)).toEqual(['both']);
    const all = await merge.merge(staged);
    expect(all).toMatchObject({ added: 3, already_there: 10, skipped: 0 });
    expect(Object.keys(all.streams)).toEqual(['both', 'empty', 'new']);
    expect(await here.streams.list()).toEqual([
      ['both', { ttl: 77, size: 0, indexed_fields: ['n'] }],
      ['empty', { ttl: 0, size: 0, indexed_fields: [] }],
      ['new', { ttl: 900, size: 3, indexed_fields: ['n'] }],
    ]);
    expect(await here.streams.fields('new')).toEqual(['n']);
    expect(await new FieldIndexesStore(here.logs).list('new')).toMatchObject([{ field: 'n', ready: true }]);
    expect(await refusalOf(here.logs)).toBeUndefined();
  });

  it('of a stream that the backup does not have says which it has', async () => {
    await store(donor, [...numbered('a', 0, 1), ...numbered('b "x"', 0, 1)]);
    const staged = await stageBackup(donor, here);
    const text = 'the backup has no stream "c": it has "a", "b \\"x\\"". Nothing was changed.';
    expect(await problem(merge.merge(staged, { streams: ['a', 'c'] }))).toEqual(['NOT_FOUND', text]);
    expect(await problem(merge.preview(staged, { streams: ['c'] }))).toEqual(['NOT_FOUND', text]);
    expect(await here.streams.list()).toEqual([]);
  });

  it('takes no part in what was being purged when the backup was taken', async () => {
    await store(donor, [...numbered('a', 0, 2), ...numbered('b', 0, 2)]);
    await new PurgeStore(donor.logs).detach('b');
    const answer = await merge.merge(await stageBackup(donor, here));
    expect(answer).toEqual({ ...answer, added: 2, skipped: 0, streams: { a: answer.streams.a } });
  });

  it('tells apart what has the same instant, and knows the same that is there more than once', async () => {
    const same = { stream: 'a', timestampMs: 5, subNs: 7, record: { n: '1' } };
    await store(donor, [same, same, same, { ...same, record: { n: '2' } }, { ...same, subNs: 8 }]);
    await store(here, [{ ...same, record: { n: '3' } }, same]);
    const staged = await stageBackup(donor, here);
    expect(await merge.merge(staged)).toMatchObject({ added: 4, already_there: 1 });
    expect(await merge.merge(staged)).toMatchObject({ added: 0, already_there: 5 });
    expect(await visible(here.logs)).toHaveLength(6);
  });

  it('goes along pages that end in the middle of a millisecond', async () => {
    const some = (keep: (n: number) => boolean) =>
      Array.from({ length: 12_000 }, (_, n) => n)
        .filter(keep)
        .map((n) => ({ stream: 'a', timestampMs: Math.floor(n / 7), record: { n: String(n % 3) } }));
    await store(
      here,
      some((n) => n % 11 > 1),
    );
    await store(
      donor,
      some((n) => n % 5 > 0),
    );
    const staged = await stageBackup(donor, here);
    const all = union(await visible(here.logs), await visible(staged));
    const { added } = await merge.merge(staged);
    expect(added).toBeGreaterThan(500);
    expect(await visible(here.logs)).toEqual(all);
  });

  it(
    'compares a millisecond that has more entries than are remembered at once',
    { timeout: 120_000 },
    async () => {
      const crowd = (from: number, to: number) =>
        numbered('a', from, to).map((line) =>
          Object.assign(line, { timestampMs: 1000, record: { n: String(Number(line.record.n) % 40_000) } }),
        );
      for (let n = 0; n < 60_000; n += 10_000) await store(here, crowd(n, n + 10_000));
      for (let n = 5000; n < 70_000; n += 10_000) await store(donor, crowd(n, n + 10_000));
      await store(donor, numbered('a', 0, 3));
      const staged = await stageBackup(donor, here);
      const expected = lacking(await visible(here.logs), await visible(staged));
      expect(expected.length).toBeGreaterThan(3);
      const all = union(await visible(here.logs), await visible(staged));
      expect(await merge.merge(staged)).toMatchObject({ added: expected.length, skipped: 0 });
      expect(await visible(here.logs)).toEqual(all);
      expect(await merge.merge(staged)).toMatchObject({ added: 0 });
    },
  );

  it('fills a stream up to its size with the newest, hides nothing of it, and leaves out the same again', async () => {
    const large = (n: number, bytes: number): Line => ({
      stream: 'a',
      timestampMs: 1000 + n,
      record: { n: String(n), text: 'x'.repeat(bytes) },
    });
    await here.streams.configure('a', { ttl: 0, size: 1, indexed_fields: [] });
    await store(here, [large(0, 300_000), large(9, 300_000)]);
    await store(donor, [large(1, 10), large(2, 300_000), large(3, 200_000), large(4, 200_000)]);
    const staged = await stageBackup(donor, here);
    expect(await merge.preview(staged)).toMatchObject({ added: 2, skipped: 2 });
    expect(await merge.merge(staged)).toMatchObject({ added: 2, already_there: 0, skipped: 2 });
    expect((await visible(here.logs)).map((text) => JSON.parse(text)[1] - 1000)).toEqual([0, 3, 4, 9]);
    expect(await merge.merge(staged)).toMatchObject({ added: 0, already_there: 2, skipped: 2 });
    await here.streams.configure('a', { ttl: 0, size: 2, indexed_fields: [] });
    expect(await merge.merge(staged)).toMatchObject({ added: 2, already_there: 2, skipped: 0 });
  });

  it('leaves out what lies at the floor of a stream or below, and what has expired', async () => {
    await donor.streams.configure('a', { ttl: 1, size: 0, indexed_fields: [] });
    await store(donor, numbered('a', 0, 2));
    await donor.streams.configure('a', { ttl: 0, size: 0, indexed_fields: [] });
    await store(donor, numbered('a', 2, 8));
    await here.streams.configure('a', { ttl: 0, size: 1, indexed_fields: [] });
    const big = { stream: 'a', timestampMs: 1_000_004, record: { n: 'x'.repeat(900_000) } };
    await store(here, [big, { ...big, timestampMs: 1_000_009 }]);
    const staged = await stageBackup(donor, here);
    expect(await merge.merge(staged)).toMatchObject({ added: 3, skipped: 5 });
    expect((await visible(here.logs)).map((text) => JSON.parse(text)[1] - 1_000_000)).toEqual([5, 6, 7, 9]);
    expect(await refusalOf(here.logs)).toBeUndefined();
    await new RetentionStore(here.logs).removeHidden();
    expect(await refusalOf(here.logs)).toBeUndefined();
  });

  it('keeps indexes true that are being built, also where an id is given a second time', async () => {
    await store(here, [...numbered('a', 10, 15), ...numbered('gone', 0, 3)]);
    await here.streams.configure('a', { ttl: 0, size: 0, indexed_fields: ['n'] });
    await purge('gone');
    await store(donor, [...numbered('a', 0, 3), ...numbered('a', 30, 33)]);
    const staged = await stageBackup(donor, here);
    await merge.merge(staged);
    expect(await refusalOf(here.logs)).toBeUndefined();
    const indexes = new FieldIndexesStore(here.logs);
    for (let steps = 0; steps < 3; steps++) await indexes.buildStep();
    expect(await indexes.list('a')).toMatchObject([{ ready: true }]);
    expect(await refusalOf(here.logs)).toBeUndefined();
  });
});

describe('while others go on', () => {
  it('loses and doubles nothing of what is acknowledged meanwhile', async () => {
    await store(donor, numbered('a', 0, 3000));
    await store(here, numbered('a', 1000, 2000));
    const staged = await stageBackup(donor, here);
    let n = 0;
    let merging = true;
    const acknowledged: string[] = [];
    const writers = [1, 3, 50].map(async (count) => {
      while (merging) {
        const lines = Array.from({ length: count }, () => ({
          stream: n % 2 ? 'a' : 'b',
          timestampMs: Date.now(),
          record: { mine: String(n++) },
        }));
        await store(here, lines);
        acknowledged.push(...lines.map(({ record }) => record.mine));
      }
    });
    armFailpoints('merge.compared=sleep:200');
    expect(await merge.merge(staged)).toMatchObject({ added: 2000, already_there: 1000 });
    merging = false;
    await Promise.all(writers);
    const records = (await visible(here.logs)).map((text) => JSON.parse(JSON.parse(text)[3]));
    expect(records.filter(({ n: number }) => number !== undefined)).toHaveLength(3000);
    const mine = records.flatMap(({ mine: text }) => (text === undefined ? [] : [text as string]));
    expect(mine.toSorted()).toEqual(acknowledged.toSorted());
    expect(await refusalOf(here.logs)).toBeUndefined();
  });

  it('looks again at what a restore, a purge, or somebody with the same log changed in between', async () => {
    await store(donor, numbered('a', 0, 10));
    const staged = await stageBackup(donor, here);
    const between = async (change: () => Promise<void>) => {
      await purge('a');
      await store(here, numbered('a', 0, 5));
      armFailpoints('merge.compared=sleep:500');
      const merging = merge.merge(staged);
      await new Promise((done) => setTimeout(done, 250));
      await change();
      armFailpoints(undefined);
      const answer = await merging;
      expect(await visible(here.logs)).toEqual(await visible(staged));
      return answer;
    };
    expect(await between(() => purge('a'))).toMatchObject({ added: 10, already_there: 0 });
    const again = async () => {
      await purge('a');
      await store(here, numbered('a', 0, 2));
    };
    expect(await between(again)).toMatchObject({ added: 8, already_there: 2 });
    expect(await between(() => store(here, numbered('a', 7, 9)))).toMatchObject({
      added: 3,
      already_there: 7,
    });
    const other = await openLogs();
    await store(other, numbered('a', 0, 5));
    const restored = await stageBackup(other, here);
    await other.close();
    expect(
      await between(() => here.databases.generations.activate([restored], { restore: randomUUID() })),
    ).toMatchObject({
      added: 5,
      already_there: 5,
    });
  });

  it('does so also where the newest entry of all is the same as before', async () => {
    await store(donor, numbered('a', 0, 10));
    const staged = await stageBackup(donor, here);
    for (const change of ['purge', 'restore']) {
      await purge('a');
      await store(here, [...numbered('a', 0, 5), ...numbered('newest', 0, 1)]);
      // As it is, but for one entry in the middle.
      const restored = await stageBackup(here, here);
      await restored.write(async (manager) => {
        const [{ id }] = await manager.query(`SELECT id FROM entry WHERE fields = '{"n":"2"}'`);
        for (const sql of removalScript([{ id, bytes: 0 }], 'true').split(';')) await manager.query(sql);
      });
      armFailpoints('merge.compared=sleep:500');
      const merging = merge.merge(staged);
      await new Promise((done) => setTimeout(done, 250));
      if (change === 'purge') await purge('a');
      else await here.databases.generations.activate([restored], { restore: randomUUID() });
      armFailpoints(undefined);
      await merging;
      expect(lacking(await visible(here.logs), await visible(staged)), change).toEqual([]);
    }
  });

  it('says that it is to be repeated where that does not end', async () => {
    await store(donor, numbered('a', 0, 10));
    await store(here, numbered('a', 0, 5));
    const staged = await stageBackup(donor, here);
    armFailpoints('merge.compared=sleep:400');
    const merging = problem(merge.merge(staged));
    let changing = true;
    void merging.then(() => (changing = false));
    for (let n = 1; changing; n++) {
      await purge('a');
      await store(here, numbered('a', n % 5, (n % 5) + 5));
      await new Promise((done) => setTimeout(done, 100));
    }
    expect(await merging).toEqual([
      'CONFLICT',
      expect.stringContaining('nothing was merged, send the request again'),
    ]);
    expect(await visible(here.logs)).toHaveLength(5);
  });

  it('leaves nothing when it is aborted or fails, at any moment, and the backup as it was', async () => {
    await store(donor, numbered('a', 0, 25_000));
    await store(here, numbered('b', 0, 5));
    const staged = await stageBackup(donor, here);
    const schema = () => staged.read((manager) => manager.query('SELECT sql FROM sqlite_schema'));
    const [before, schemaBefore] = [await visible(here.logs), await schema()];
    for (const point of ['merge.compared', 'merge.inserting']) {
      armFailpoints(`${point}=error:EIO`);
      await expect(merge.merge(staged), point).rejects.toThrow('EIO');
      const gone = new AbortController();
      armFailpoints(`${point}=sleep:300`);
      setTimeout(() => gone.abort(new Error('gone')), 100);
      await expect(merge.merge(staged, {}, gone.signal), point).rejects.toThrow('gone');
      expect(await visible(here.logs), point).toEqual(before);
      expect((await here.streams.list()).map(([name]) => name)).toEqual(['b']);
    }
    armFailpoints(undefined);
    expect(await schema()).toEqual(schemaBefore);
    expect(await merge.merge(staged)).toMatchObject({ added: 25_000 });
  });
});

describe('who reads meanwhile', () => {
  it('has pages that begin where the last one ended, each entry once', async () => {
    await store(here, numbered('a', 0, 9000));
    await store(donor, numbered('a', 0, 9000, 1_000_000 - 4500));
    const staged = await stageBackup(donor, here);
    const pages = new EntryPagesStore(here.logs).pages('a', { fromMs: 0, toMs: 2_000_000 });
    const first = recordsOf((await pages.next()).value);
    expect(first.length).toBeLessThan(9000);
    const added = await merge.merge(staged);
    expect(added.added).toBeGreaterThan(0);
    const seen = [...first];
    for await (const page of pages) seen.push(...recordsOf(page));
    expect(seen.map(({ fields }) => fields.n)).toEqual(
      Array.from({ length: 9000 }, (_, index) => String(8999 - index)),
    );
  });

  it('is not told of history by a watch that goes on, and misses nothing that came since', async () => {
    const nowMs = Date.now();
    await store(here, [{ stream: 'a', timestampMs: nowMs, record: { n: 'seen' } }]);
    await store(donor, numbered('a', 0, 50));
    const last = { timestampMs: nowMs, id: 1 };
    await merge.merge(await stageBackup(donor, here));
    await store(here, [{ stream: 'a', timestampMs: nowMs + 1, record: { n: 'new' } }]);
    const { pages, newest } = await new ReplayStore(here.logs).behind('a', last);
    const told = [];
    for await (const page of pages) told.push(...page.map(({ fields }) => fields));
    expect(told).toEqual(['{"n":"new"}']);
    expect(newest?.timestampMs).toBe(nowMs + 1);
  });
});
