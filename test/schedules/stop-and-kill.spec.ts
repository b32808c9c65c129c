import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { s3Store, type Store } from '../soak/stores.js';
import { BadWeather } from '../support/bad-weather.js';
import { ingest } from '../support/backup-client.js';
import { strayFiles } from '../support/live-state.js';
import { ScheduledServer } from './scheduled-server.js';

/** A server that goes in the middle of a backup. */

const PART = 'the second part of an upload';
const STOPPED = /^the server stopped in the middle; there is no file of it, and it is made up for/;
const KILLED = /^the server stopped in the middle; nothing was changed$/;

let bucket: Store;
let proxy: BadWeather;
let hits: string;
let scheduled: ScheduledServer;

beforeAll(async () => {
  bucket = await s3Store();
  proxy = await BadWeather.before(bucket.settings.endpoint as string);
  hits = join(await mkdtemp(join(tmpdir(), 'flowg-hits-')), 'hits');
});
afterAll(async () => {
  await proxy.stop();
  await bucket.stop();
  await rm(join(hits, '..'), { recursive: true });
});
afterEach(async () => {
  await scheduled.end();
  await rm(hits, { force: true });
});

/** A server with a schedule whose backup has come to a place where it stands still. @returns what it puts into its destination. */
async function standStillAt(place: string): Promise<() => Promise<string[]>> {
  const inBucket = place === PART;
  const destinations = { bucket: { ...bucket.settings, endpoint: proxy.url, part_mb: 5 } };
  const FLOWG_TEST_FAILPOINTS = inBucket ? '' : `${place}=sleep:1500@${hits}`;
  scheduled = await ScheduledServer.start({ FLOWG_TEST_FAILPOINTS }, { destinations });
  await ingest(scheduled.current, scheduled.token, inBucket ? 70 : 5, 'x'.repeat(inBucket ? 100_000 : 10));
  proxy.requests.length = 0;
  proxy.weather = ({ url }) => (url!.includes('partNumber=2') ? { up: 'stall', after: 100_000 } : 'fair');
  const before = await bucket.names();
  const destination = inBucket ? 'bucket' : 'nas';
  await scheduled.put('broken', { cron: soonOnce(), destination, compression: 'none' });
  const seen = async () =>
    inBucket ? proxy.requests.join('\n') : await readFile(hits, 'utf8').catch(() => '');
  await scheduled.until(async () => (await seen()).includes(inBucket ? 'partNumber=2' : `${place}\n`), place);
  return async () =>
    inBucket ? (await bucket.names()).filter((name) => !before.includes(name)) : scheduled.files();
}

/** Its row as it stands after the next start. */
function expectedRow(how: string, place: string) {
  // Whoever stops a server waits for what is on its way to the catalogue.
  const isWhole = place === 'proof.opened' || (place === 'schedule.written' && how === 'stopped');
  return isWhole
    ? { outcome: 'succeeded', proof: null, error: null, stored: expect.anything() }
    : {
        outcome: 'interrupted',
        proof: null,
        error: expect.stringMatching(how === 'stopped' ? STOPPED : KILLED),
        stored: null,
      };
}

describe.each([
  ['stopped', () => scheduled.current.stop()],
  ['killed', () => scheduled.current.kill()],
])('a server that is %s', (how, away) => {
  it.each(['schedule.writing', 'destination.sending', 'schedule.written', 'proof.opened', PART])(
    'at %s ends soon, leaves nothing for long, and makes up for it',
    async (place) => {
      const names = await standStillAt(place);
      const began = Date.now();
      await away();
      expect(Date.now() - began).toBeLessThan(9000);
      proxy.clear();
      const isHalf = (name: string) => /^\.|^parts of /.test(name);
      const halves = how === 'killed' && ['destination.sending', PART].includes(place) ? 1 : 0;
      expect((await names()).filter(isHalf)).toHaveLength(halves);

      await scheduled.restart({ FLOWG_TEST_FAILPOINTS: '' });
      expect((await scheduled.runs('broken'))[0]).toMatchObject(expectedRow(how, place));
      const counted = { kind: 'backup', database: 'logs', outcome: 'interrupted' };
      const isTold = how === 'killed' && place !== 'proof.opened';
      expect(await scheduled.metricOf('flowg_backup_runs_total', counted)).toBe(isTold ? 1 : undefined);

      await scheduled.until(async () => (await scheduled.runs('broken')).length === 2, 'the second run');
      await scheduled.idle('broken');
      const runs = await scheduled.runs('broken');
      expect(runs[1]).toMatchObject({ outcome: 'succeeded', proof: { outcome: 'proven' } });
      const files = runs.flatMap(({ stored }) => stored?.file ?? []);
      const receipt = `${runs[1]!.stored!.file}.receipt.json`;
      expect((await names()).toSorted()).toEqual([...files, receipt].toSorted());
      expect(await strayFiles(scheduled.current.dataDir)).toEqual([]);
      const labels = { schedule: 'broken', database: 'logs' };
      expect(await scheduled.metric('last_proven_timestamp_seconds', labels)).toBeGreaterThan(began / 1000);
      expect(await scheduled.metricOf('flowg_database_pinned_snapshots', { database: 'logs' })).toBe(0);
    },
  );
});

/** Due in a second or so, and in a year again. */
function soonOnce(): string {
  const at = new Date(Date.now() + 1500);
  return `${at.getUTCSeconds()} ${at.getUTCMinutes()} ${at.getUTCHours()} ${at.getUTCDate()} ${at.getUTCMonth() + 1} *`;
}
