import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ingest } from '../support/backup-client.js';
import { strayFiles } from '../support/live-state.js';
import { ScheduledServer } from './scheduled-server.js';

/** A server that goes in the middle of a backup. */

let scheduled: ScheduledServer;

beforeEach(async () => {
  scheduled = await ScheduledServer.start();
  await ingest(scheduled.current, scheduled.token, 5);
});
afterEach(() => scheduled.end());

describe.each([
  ['stopped', () => scheduled.current.stop()],
  ['killed', () => scheduled.current.kill()],
])('a server that is %s', (how, away) => {
  it.each(['schedule.writing', 'schedule.written', 'proof.opened'])(
    'at %s ends soon, leaves no file without a row, and makes up for it',
    async (place) => {
      const hits = join(scheduled.folder, 'hits');
      await scheduled.restart({ FLOWG_TEST_FAILPOINTS: `${place}=sleep:4000@${hits}` });
      await scheduled.put('broken', { cron: soonOnce() });
      await scheduled.until(
        async () => (await readFile(hits, 'utf8').catch(() => '')).includes(place),
        place,
      );
      const began = Date.now();
      // `stop` removes the folder of a server that made its own: this one was restarted.
      await away();
      expect(Date.now() - began).toBeLessThan(9000);
      await scheduled.restart({ FLOWG_TEST_FAILPOINTS: '' });
      const [broken] = await scheduled.runs('broken');
      if (place === 'proof.opened') expect(broken).toMatchObject({ outcome: 'succeeded', proof: null });
      else if (how === 'killed' || place === 'schedule.writing')
        expect(broken).toMatchObject({ outcome: 'interrupted', stored: null });
      expect(broken!.error ?? '').toMatch(
        place === 'proof.opened' ? /^$/ : /the server stopped in the middle|^$/,
      );
      await scheduled.until(async () => (await scheduled.runs('broken')).length === 2, 'the second run');
      await scheduled.idle('broken');
      const [, made] = await scheduled.runs('broken');
      expect(made).toMatchObject({ outcome: 'succeeded', proof: { outcome: 'proven' } });
      const known = (await scheduled.runs('broken')).flatMap(({ stored }) => stored?.file ?? []);
      expect((await scheduled.backupFiles()).filter((name) => !name.startsWith('.'))).toEqual(
        known.toSorted(),
      );
      expect(await strayFiles(scheduled.current.dataDir)).toEqual([]);
    },
  );
});

/** Due in two seconds or so, and in a year again. */
function soonOnce(): string {
  const at = new Date(Date.now() + 2000);
  return `${at.getUTCSeconds()} ${at.getUTCMinutes()} ${at.getUTCHours()} ${at.getUTCDate()} ${at.getUTCMonth() + 1} *`;
}
