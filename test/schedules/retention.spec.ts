import { mkdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EACH_SECOND, ScheduledServer } from './scheduled-server.js';

/** What stays in a destination; which backups those are is proved beside `retention.ts`. */

let scheduled: ScheduledServer;

beforeAll(async () => {
  scheduled = await ScheduledServer.start();
});
afterAll(() => scheduled.end());

const of = async (name: string) =>
  (await scheduled.backupFiles()).filter((file) => file.startsWith(`flowg-${name}-`));

describe('retention', () => {
  it('keeps exactly so many, with their receipts, and says in the catalogue what it removed', async () => {
    await scheduled.put('two', { keep: { last: 2 } });
    const made = [];
    for (let time = 0; time < 5; time++) made.push((await scheduled.run('two')).stored!.file);
    expect(await of('two')).toEqual(made.slice(3).toSorted());
    const receipts = (await scheduled.files()).filter((name) => name.endsWith('.receipt.json'));
    expect(receipts).toEqual(
      made
        .slice(3)
        .map((file) => `${file}.receipt.json`)
        .toSorted(),
    );
    const removed = (await scheduled.runs('two')).map(({ stored }) => stored!.removed_at !== null);
    expect(removed).toEqual([true, true, true, false, false]);
  });

  it('does so while backups come each second', async () => {
    await scheduled.put('busy', { cron: EACH_SECOND, keep: { last: 1 } });
    await scheduled.ended('busy', 4);
    await scheduled.delete('busy');
    await scheduled.until(
      async () => (await scheduled.runs('busy')).every(({ outcome }) => outcome !== 'running'),
      'the end',
    );
    await scheduled.until(async () => (await of('busy')).length === 1, 'retention');
  });

  it('touches nothing that this schedule has not made', async () => {
    const place = await scheduled.place();
    const foreign = ['flowg-own-logs-20200101T000000Z-00000000.db.gz', 'flowg-own-logs-', 'notes.txt'];
    for (const name of foreign) await writeFile(join(place, name), 'foreign');
    await scheduled.put('own-logs', { keep: { last: 1 } });
    const { stored: others } = await scheduled.run('own-logs');
    await scheduled.put('own', { keep: { last: 1 } });
    for (let time = 0; time < 3; time++) await scheduled.run('own');
    expect(await scheduled.files()).toEqual(expect.arrayContaining([...foreign, others!.file]));
    expect((await of('own')).filter((name) => !foreign.includes(name) && name !== others!.file)).toHaveLength(
      1,
    );
  });

  it('takes no part in what it made of another database', async () => {
    await scheduled.put('moved', { database: 'auth', keep: { last: 1 } });
    const { stored } = await scheduled.run('moved');
    await scheduled.put('moved', { database: 'config', keep: { last: 1 } });
    for (let time = 0; time < 2; time++) await scheduled.run('moved');
    expect(await of('moved-auth')).toEqual([stored!.file]);
    expect(await of('moved-config')).toHaveLength(1);
  });

  it('does not mind a file that is gone already', async () => {
    await scheduled.put('gone', { keep: { last: 1 } });
    const { id, stored } = await scheduled.run('gone');
    await rm(join(await scheduled.place(), stored!.file));
    await scheduled.run('gone');
    expect((await scheduled.backup(id)).stored!.removed_at).not.toBeNull();
    expect(await scheduled.metric('failures_total', { schedule: 'gone', reason: 'retention' })).toBe(0);
  });

  it('says what it cannot remove, and tries again the next time', async () => {
    const hook = await scheduled.alert('on-call');
    await scheduled.put('stuck', { keep: { last: 1 }, notify: 'on-call' });
    const { id, stored } = await scheduled.run('stuck');
    const path = join(await scheduled.place(), stored!.file);
    await rm(path);
    await mkdir(path);
    const second = await scheduled.run('stuck');
    expect(second.outcome).toBe('succeeded');
    await hook.until(1);
    await hook.stop();
    expect(hook.fields).toEqual([
      {
        event: 'retention_failed',
        schedule: 'stuck',
        database: 'logs',
        destination: 'nas',
        backup_id: second.id,
        error: expect.stringMatching(/^the destination "nas" has a folder in place of the file: remove/),
      },
    ]);
    expect(await scheduled.metric('failures_total', { schedule: 'stuck', reason: 'retention' })).toBe(1);
    expect(scheduled.current.log).toMatch(/retention_failed: schedule "stuck" of logs/);
    expect((await scheduled.backup(id)).stored!.removed_at).toBeNull();
    await rmdir(path);
    await scheduled.run('stuck');
    expect((await scheduled.backup(id)).stored!.removed_at).not.toBeNull();
  });

  it('leaves what lies in a destination that is not used any more as long as it may stay', async () => {
    await scheduled.put('moving', { keep: { last: 2 } });
    const { stored: first } = await scheduled.run('moving');
    await scheduled.put('moving', { keep: { last: 2 }, destination: 'other' });
    await scheduled.run('moving');
    expect(await of('moving')).toEqual([first!.file]);
    await scheduled.run('moving');
    expect(await of('moving')).toEqual([]);
  });
});
