import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { EACH_SECOND, ScheduledServer } from './scheduled-server.js';

/** Backups that take longer than their schedule leaves them. */

let scheduled: ScheduledServer;
afterEach(() => scheduled.end());

async function slow(milliseconds: number): Promise<() => Promise<number>> {
  scheduled = await ScheduledServer.start();
  const hits = join(scheduled.folder, 'hits');
  await scheduled.restart({ FLOWG_TEST_FAILPOINTS: `schedule.writing=sleep:${milliseconds}@${hits}` });
  return async () => (await readFile(hits, 'utf8').catch(() => '')).split('\n').length - 1;
}

it('what is due while one is under way is left out, told and counted, not made up for', async () => {
  const writes = await slow(3300);
  await scheduled.put('slow', { cron: EACH_SECOND });
  const runs = await scheduled.ended('slow', 2, 'succeeded');
  const gap = Date.parse(runs[1]!.started_at) - Date.parse(runs[0]!.started_at);
  expect(gap).toBeGreaterThanOrEqual(3300);
  const labels = { schedule: 'slow', reason: 'overlap' };
  expect(await scheduled.metric('failures_total', labels)).toBeGreaterThanOrEqual(2);
  await scheduled.delete('slow');
  await scheduled.until(
    async () => (await scheduled.runs('slow')).every(({ outcome }) => outcome !== 'running'),
    'the end',
  );
  expect(await writes()).toBe((await scheduled.runs('slow')).length);
  expect(scheduled.current.log).toMatch(
    /backup_skipped: schedule "slow" of logs: the backup before it was still under way/,
  );
  const skipped = scheduled.current.log.match(/backup_skipped/g)!.length;
  expect(skipped).toBeGreaterThanOrEqual(4);
});

it('whoever asks for one meanwhile is told to wait', async () => {
  await slow(2000);
  await scheduled.put('slow');
  const { backup } = await scheduled.ok('POST', 'backup-schedules/slow/run');
  expect((await scheduled.get('slow')).running).toBe(true);
  const { status, body } = await scheduled.request('POST', 'backup-schedules/slow/run');
  expect([status, body.status]).toEqual([409, 'CONFLICT']);
  expect(body.error).toMatch(/a backup of the schedule "slow" is under way: .* try again when it has ended/);
  await scheduled.idle('slow');
  expect((await scheduled.backup(backup.id)).outcome).toBe('succeeded');
  expect((await scheduled.request('POST', 'backup-schedules/slow/run')).status).toBe(200);
});

it('one destination is written by one at a time, another one meanwhile by another', async () => {
  await slow(2500);
  const places = { first: 'nas', second: 'nas', elsewhere: 'other' };
  for (const [name, destination] of Object.entries(places)) await scheduled.put(name, { destination });
  const ids = new Map<string, string>();
  for (const name of Object.keys(places))
    ids.set(name, (await scheduled.ok('POST', `backup-schedules/${name}/run`)).backup.id);
  for (const name of Object.keys(places)) await scheduled.idle(name);
  const instant = async (name: string) => Date.parse((await scheduled.backup(ids.get(name)!)).instant);
  expect((await instant('second')) - (await instant('first'))).toBeGreaterThanOrEqual(2500);
  expect((await instant('elsewhere')) - (await instant('first'))).toBeLessThan(2500);
});
