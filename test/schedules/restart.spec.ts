import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EACH_SECOND, ScheduledServer } from './scheduled-server.js';

/** A server that was not there for a while. */

let scheduled: ScheduledServer;

beforeEach(async () => {
  scheduled = await ScheduledServer.start();
});
afterEach(() => scheduled.end());

/** Due twice while a server is away for seven seconds, and then not for a long while. */
const soonAndSeldom = () => {
  const [first, second] = [3, 5].map((ahead) => new Date(Date.now() + ahead * 1000).getUTCSeconds());
  const minute = new Date(Date.now() + 3000).getUTCMinutes();
  return `${first},${second} ${minute} * * * *`;
};

describe('a server that was down when backups were due', () => {
  it('makes up for them by one, soon after it has started, and for nothing of a schedule that was off', async () => {
    await scheduled.put('off', { cron: EACH_SECOND, enabled: false });
    await scheduled.put('seldom');
    // So that both times lie in one minute.
    while (new Date().getUTCSeconds() > 52) await sleep(200);
    await scheduled.put('missed', { cron: soonAndSeldom() });
    await scheduled.current.kill();
    await sleep(6000);
    await scheduled.restart();
    expect(scheduled.current.log).toMatch(/schedule "missed" was due at \S+ and is made up for now/);
    await scheduled.ended('missed', 1);
    await sleep(4000);
    expect((await scheduled.runs('missed')).map(({ outcome }) => outcome)).toEqual(['succeeded']);
    for (const name of ['seldom', 'off']) expect(await scheduled.runs(name), name).toEqual([]);
    expect((await scheduled.get('off')).next_run_at).toBeNull();

    await scheduled.restart();
    await sleep(4000);
    expect(await scheduled.runs('missed')).toHaveLength(1);
  });

  it('has all schedules as they were', async () => {
    const definition = {
      database: 'auth',
      cron: '30 2 * * *',
      timezone: 'Europe/Berlin',
      destination: 'other',
      compression: 'none',
      keep: { last: 1, daily: 2, weekly: 3, monthly: 4 },
    };
    const saved = await scheduled.put('kept', definition);
    expect(saved).toMatchObject({
      ...definition,
      recipients: [],
      notify: null,
      enabled: true,
      source: 'api',
    });
    const run = await scheduled.run('kept');
    const before = await scheduled.get('kept');
    await scheduled.restart();
    expect(await scheduled.get('kept')).toEqual(before);
    expect(before.last_run.id).toBe(run.id);
    const labels = { schedule: 'kept', database: 'auth' };
    const proven = await scheduled.metric('last_proven_timestamp_seconds', labels);
    expect(proven! * 1000).toBeGreaterThanOrEqual(Date.parse(run.started_at));
    expect(await scheduled.metric('last_success_timestamp_seconds', labels)).toBeLessThanOrEqual(proven!);
    expect((await scheduled.metric('next_run_timestamp_seconds', labels))! * 1000).toBe(
      Date.parse(before.next_run_at),
    );
  });
});
