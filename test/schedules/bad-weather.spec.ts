import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ingest } from '../support/backup-client.js';
import { BadWeather, type Weather } from '../support/bad-weather.js';
import { canMount, hasProgram } from '../support/programs.js';
import { S3Server } from '../support/s3-server.js';
import type { WebhookReceiver } from '../support/webhook-receiver.js';
import { type BackupAnswer, ScheduledServer, SELDOM } from './scheduled-server.js';

/** All that can be wrong with a destination at the time of a backup, at once: each of them is told, and harms nobody. */

interface Case {
  /** Of the schedule, and of its destination. */
  name: string;
  error: RegExp;
  /** Whether it may be over in a moment, so that it is tried again. */
  again: boolean;
  /** Of a destination in a bucket. */
  weather?: Weather;
  /** Only for parts of large files. */
  parts?: boolean;
}

interface FolderCase extends Case {
  possible: boolean;
  spoil(path: string): unknown;
  mend(path: string): unknown;
}

const remount = (path: string, way: 'ro' | 'rw') =>
  execFileSync('mount', ['-o', `remount,${way}`, 'tmpfs', path]);
const isRoot = process.getuid?.() === 0;
/** What lets root write where nobody may. */
const CAPABILITIES = '-dac_override,-dac_read_search';
const canBeRefused = !isRoot || hasProgram('setpriv');
const date = 'Sat, 31 Jan 2026 09:30:00 GMT';

const REFUSED: Case = { name: 'refused', error: /cannot be reached/, again: true };

const BUCKETS: Case[] = [
  REFUSED,
  { name: 'silent', error: /^nothing moved .* for 2 seconds/, again: true, weather: 'silent' },
  {
    name: 'stalled',
    error: /^nothing moved .* for 2 seconds/,
    again: true,
    parts: true,
    weather: { up: 'stall', after: 1_000_000 },
  },
  {
    name: 'cut',
    error: /cannot be reached/,
    again: true,
    parts: true,
    weather: { up: 'cut', after: 1_000_000 },
  },
  {
    name: 'garbled',
    error: /got other bytes than were sent/,
    again: true,
    parts: true,
    weather: { up: 'garble', after: 1_000_000 },
  },
  {
    name: 'brimful',
    error: /is full: free some space there/,
    again: false,
    weather: { answer: 507, code: 'XMinioStorageFull' },
  },
  {
    name: 'keyless',
    error: /refused the keys: see that they are the right ones/,
    again: false,
    weather: { answer: 403, code: 'InvalidAccessKeyId' },
  },
  {
    name: 'skewed',
    error: /there it is 2026-01-31T09:30:00.000Z, here it is .*: set the clock that is wrong/,
    again: false,
    weather: { answer: 403, code: 'RequestTimeTooSkewed', headers: { date } },
  },
];

const FOLDERS: FolderCase[] = [
  {
    name: 'readonly',
    error: /is read-only: mount it so that the server can write/,
    again: false,
    possible: canMount(),
    spoil: (path) => {
      execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', path]);
      remount(path, 'ro');
    },
    mend: (path) => remount(path, 'rw'),
  },
  {
    name: 'locked',
    error: /lets the server not in: give it the right to read and write there/,
    again: false,
    possible: canBeRefused,
    spoil: (path) => chmod(path, 0o500),
    mend: (path) => chmod(path, 0o700),
  },
  {
    name: 'nofolder',
    error: /is no folder: name one in FLOWG_BACKUP_DESTINATIONS/,
    again: false,
    possible: true,
    spoil: async (path) => {
      await rmdir(path);
      await writeFile(path, '');
    },
    mend: async (path) => {
      await rm(path);
      await mkdir(path);
    },
  },
];

const folderCases = FOLDERS.filter(({ possible }) => possible);
const cases: Case[] = [...BUCKETS, ...folderCases];
const all = cases.map((one) => [one.name, one] as const);
const databaseOf = ({ parts }: Case) => (parts ? 'logs' : 'config');

let place: string;
let s3: S3Server;
let proxy: BadWeather;
/** In front of the bucket of `REFUSED` alone. */
let away: BadWeather;
let hook: WebhookReceiver;
let scheduled: ScheduledServer;
const rows = new Map<string, BackupAnswer[]>();
const ingested = new Set<number>();
let keptInStorm: string[];

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'flowg-weather-'));
  s3 = await S3Server.start();
  proxy = await BadWeather.before(s3.url);
  away = await BadWeather.before(s3.url);
  scheduled = await ScheduledServer.start(
    { FLOWG_TRANSFER_IDLE_SECONDS: '2' },
    { destinations: await destinations(), shell: isRoot ? shell(CAPABILITIES) : undefined },
  );
  await ingest(scheduled.current, scheduled.token, 70, 'x'.repeat(100_000));
  hook = await scheduled.alert('on-call');
  await storm();
  for (const one of cases) rows.set(one.name, await scheduled.runs(one.name));
});

afterAll(async () => {
  await scheduled.end();
  await Promise.all([hook.stop(), proxy.stop(), away.stop()]);
  await s3.stop();
  if (canMount()) execFileSync('umount', ['-l', join(place, 'readonly')]);
  await rm(place, { recursive: true });
});

/** Root may write everywhere, unless it is told not to. */
function shell(capabilities: string): string | undefined {
  return canBeRefused ? `exec setpriv --bounding-set=${capabilities} "$0" "$@"` : undefined;
}

async function destinations(): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const one of BUCKETS) {
    const endpoint = one === REFUSED ? away.url : proxy.url;
    found[one.name] = s3.settings({ endpoint, prefix: `${one.name}/`, part_mb: 5 });
  }
  for (const { name } of folderCases) {
    await mkdir(join(place, name));
    found[name] = { type: 'folder', path: join(place, name) };
  }
  return found;
}

const weatherFor = ({ url }: IncomingMessage): Weather => {
  const one = BUCKETS.find(({ name }) => url!.includes(name));
  return (one?.parts && !url!.includes('partNumber=') ? undefined : one?.weather) ?? 'fair';
};

/** All schedules run, nothing of the kind works, records come meanwhile; then everything works again. */
async function storm(): Promise<void> {
  const { port } = away;
  await away.stop();
  proxy.weather = weatherFor;
  for (const { name, spoil } of folderCases) await spoil(join(place, name));
  for (const one of cases) {
    await turn(one, dueIn(8), true);
    await scheduled.ok('POST', `backup-schedules/${one.name}/run`);
    // What is under way goes on as it began, but none comes after it.
    await turn(one, SELDOM, false);
  }
  let over = false;
  const records = (async () => {
    const json = { record: { message: 'in the rain' } };
    for (; !over; await sleep(50))
      ingested.add((await scheduled.request('POST', 'pipelines/default/logs', json)).status);
  })();
  for (const { name } of cases) await scheduled.idle(name);
  over = true;
  await records;

  proxy.clear();
  keptInStorm = await s3.kept();
  for (const { name } of folderCases) keptInStorm.push(...(await readdir(join(place, name)).catch(() => [])));
  away = await BadWeather.before(s3.url, port);
  for (const { name, mend } of folderCases) await mend(join(place, name));
  for (const { name } of cases) await scheduled.ok('POST', `backup-schedules/${name}/run`);
  for (const { name } of cases) await scheduled.idle(name);
}

async function turn(one: Case, cron: string, enabled: boolean): Promise<void> {
  const { name } = one;
  const definition = { database: databaseOf(one), destination: name, compression: 'none', notify: 'on-call' };
  await scheduled.put(name, { ...definition, cron, enabled });
}

/** Due so many seconds later: until then it is tried again where that makes sense. */
function dueIn(seconds: number): string {
  return `${new Date(Date.now() + seconds * 1000).getUTCSeconds()} * * * * *`;
}

describe('bad weather at the time of a backup', () => {
  it.each(all)('%s: the backup fails, and everybody is told why', async (name, one) => {
    const [failed] = rows.get(name)!;
    expect(failed).toMatchObject({ outcome: 'failed', stored: null, proof: null });
    expect(failed!.error).toMatch(one.error);
    const { log } = scheduled.current;
    const database = databaseOf(one);
    expect(log).toContain(
      `backup_failed: schedule "${name}" of ${database}, backup ${failed!.id}: ${failed!.error}`,
    );
    const again = `backup ${failed!.id} could not be stored and is tried again in 1 seconds`;
    expect(log.includes(again)).toBe(one.again);
    const count = rows.get(name)!.filter(({ outcome }) => outcome === 'failed').length;
    const labels = { schedule: name, database, reason: 'backup' };
    expect(await scheduled.metric('failures_total', labels)).toBe(count);
    const told = { event: 'backup_failed', schedule: name, database, destination: name };
    expect(hook.fields).toContainEqual({ ...told, backup_id: failed!.id, error: failed!.error });
  });

  it.each(all)('%s: works again when it is over, and that is told', async (name) => {
    const made = rows.get(name)!.at(-1)!;
    expect(made).toMatchObject({ outcome: 'succeeded', proof: { outcome: 'proven' }, error: null });
    const recovered = () =>
      hook.fields.some(({ event, backup_id }) => event === 'backup_recovered' && backup_id === made.id);
    await scheduled.until(recovered, 'the notification');
  });

  it('leaves nothing in any destination', () => {
    expect(keptInStorm).toEqual([]);
  });

  it('is counted, by database', async () => {
    for (const database of ['config', 'logs']) {
      const count = [...rows.values()]
        .flat()
        .filter((row) => row.outcome === 'failed' && row.database === database).length;
      const labels = { kind: 'backup', database, outcome: 'failed' };
      expect(await scheduled.metricOf('flowg_backup_runs_total', labels), database).toBe(count);
    }
  });

  it('is nothing that records notice', () => {
    expect([...ingested]).toEqual([200]);
  });
});
