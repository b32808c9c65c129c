import { execFileSync } from 'node:child_process';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ingest } from '../support/backup-client.js';
import { canMount } from '../support/programs.js';
import type { WebhookReceiver } from '../support/webhook-receiver.js';
import { EACH_SECOND, ScheduledServer } from './scheduled-server.js';

/** What goes wrong with a destination, and who is told. */

let scheduled: ScheduledServer;
let hook: WebhookReceiver;

beforeAll(async () => {
  scheduled = await ScheduledServer.start();
});
afterAll(() => scheduled.end());
beforeEach(async () => {
  hook = await scheduled.alert('on-call');
});
afterEach(() => hook.stop());

/** Runs `task` while the folder is not there. */
async function without<T>(destination: string, task: () => Promise<T>): Promise<T> {
  const place = await scheduled.place(destination);
  const elsewhere = join(scheduled.folder, `hidden-${destination}`);
  await rename(place, elsewhere);
  try {
    return await task();
  } finally {
    await rename(elsewhere, place);
  }
}

const failures = (schedule: string, reason: string) =>
  scheduled.metric('failures_total', { schedule, reason });

describe('a destination that is away', () => {
  it('for a moment costs nothing but that moment', async () => {
    await scheduled.put('patient');
    const { backup } = await without('nas', async () => {
      const begun = await scheduled.ok('POST', 'backup-schedules/patient/run');
      await scheduled.until(
        () => /is tried again in 1 seconds/.test(scheduled.current.log),
        'the first attempt',
      );
      expect((await scheduled.backup(begun.backup.id)).outcome).toBe('running');
      return begun;
    });
    await scheduled.idle('patient');
    const run = await scheduled.backup(backup.id);
    expect(run).toMatchObject({ outcome: 'succeeded', error: null, proof: { outcome: 'proven' } });
    // A fresh snapshot, not the one of before.
    expect(Date.parse(run.instant) - Date.parse(run.started_at)).toBeGreaterThanOrEqual(1000);
    expect(await failures('patient', 'backup')).toBe(0);
  });

  it('until the next one is due makes the backup fail, which is told, and so is the first one that is good again', async () => {
    await scheduled.put('unlucky', { notify: 'on-call', destination: 'other' });
    await without('other', async () => {
      await scheduled.put('unlucky', { notify: 'on-call', destination: 'other', cron: EACH_SECOND });
      await scheduled.ended('unlucky', 2, 'failed');
    });
    await scheduled.ended('unlucky', 1, 'succeeded');
    await scheduled.put('unlucky', { notify: 'on-call', destination: 'other', enabled: false });
    await scheduled.idle('unlucky');
    const bad = (await scheduled.runs('unlucky')).filter(({ outcome }) => outcome === 'failed');
    expect(await failures('unlucky', 'backup')).toBe(bad.length);
    await scheduled.delete('unlucky');
    const [failed] = bad;
    expect(failed).toMatchObject({ outcome: 'failed', stored: null, proof: null });
    expect(failed!.error).toMatch(/^the destination "other" has no folder any more: mount it/);
    const events = () => hook.fields.map(({ event }) => event);
    await scheduled.until(() => events().includes('backup_recovered'), 'the notification');
    expect(events().filter((event) => event === 'backup_recovered')).toHaveLength(1);
    expect(hook.fields[0]).toEqual({
      event: 'backup_failed',
      schedule: 'unlucky',
      database: 'logs',
      destination: 'other',
      backup_id: failed!.id,
      error: failed!.error,
    });
    const { deliveries } = await scheduled.ok('GET', 'alerts/on-call/deliveries');
    expect(deliveries[0]).toMatchObject({ state: 'delivered', status: 204 });
    expect(await failures('unlucky', 'backup')).toBeUndefined();
  });
});

it('an overlap is told to the alert', async () => {
  await scheduled.restart({ FLOWG_TEST_FAILPOINTS: 'schedule.writing=sleep:2300' });
  await scheduled.put('slow', { notify: 'on-call', cron: EACH_SECOND });
  await hook.until(1);
  await scheduled.restart({ FLOWG_TEST_FAILPOINTS: '' });
  await scheduled.delete('slow');
  expect(hook.fields[0]).toMatchObject({ event: 'backup_skipped', schedule: 'slow', backup_id: '' });
});

it('an alert that is gone when something fails is in its own list, and nobody else suffers', async () => {
  await scheduled.ok('PUT', 'alerts/gone', { webhook: { version: 1, url: hook.url } });
  await scheduled.put('untold', { notify: 'gone', destination: 'other' });
  await scheduled.ok('DELETE', 'alerts/gone');
  await scheduled.put('soon', { cron: EACH_SECOND, destination: 'nas' });
  await without('other', async () => {
    await scheduled.ok('POST', 'backup-schedules/untold/run');
    await scheduled.ended('soon', 1, 'succeeded');
    await scheduled.delete('soon');
  });
  await scheduled.idle('untold');
  expect((await scheduled.runs('untold'))[0]!.outcome).toBe('succeeded');
});

describe.skipIf(!canMount())('a destination that is full', () => {
  it('makes the backup fail with what to do, leaves nothing half, and works again when there is room', async () => {
    await ingest(scheduled.current, scheduled.token, 40, 'x'.repeat(100_000));
    const place = await scheduled.place('other');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', place]);
    try {
      await scheduled.put('full', { destination: 'other', compression: 'none', notify: 'on-call' });
      await writeFile(join(place, 'filler'), Buffer.alloc(4 * 1024 * 1024));
      const run = await scheduled.run('full');
      expect(run).toMatchObject({ outcome: 'failed', stored: null });
      expect(run.error).toMatch(/^the destination "other" is full: free some space there/);
      expect(await scheduled.files('other')).toEqual(['filler']);
      await hook.until(1);
      await rm(join(place, 'filler'));
      expect((await scheduled.run('full')).outcome).toBe('succeeded');
    } finally {
      execFileSync('umount', ['-l', place]);
    }
  });
});

it('numbers of a schedule go with it', async () => {
  await scheduled.put('counted');
  await scheduled.run('counted');
  const labels = { schedule: 'counted', database: 'logs' };
  const names = ['last_success', 'last_proven', 'next_run'].map((name) => `${name}_timestamp_seconds`);
  for (const name of names) expect(await scheduled.metric(name, labels), name).toBeGreaterThan(0);
  for (const reason of ['backup', 'proof', 'overlap', 'retention'])
    expect(await failures('counted', reason), reason).toBe(0);
  await scheduled.delete('counted');
  for (const name of [...names, 'failures_total'])
    expect(await scheduled.metric(name, labels), name).toBeUndefined();
});
