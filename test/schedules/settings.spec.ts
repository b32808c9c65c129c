import { afterEach, describe, expect, it } from 'vitest';
import { readSettings } from '#src/settings.js';
import { TestServer } from '../support/test-server.js';
import { ScheduledServer, SELDOM } from './scheduled-server.js';

/** Schedules that are given by `FLOWG_BACKUP_SCHEDULES`. */

const DESTINATIONS = { FLOWG_BACKUP_DESTINATIONS: '{"nas":{"type":"folder","path":"/backups"}}' };
const GIVEN = { name: 'given', database: 'logs', cron: SELDOM, destination: 'nas', keep: { last: 2 } };
const listOf = (...schedules: object[]) => ({ FLOWG_BACKUP_SCHEDULES: JSON.stringify(schedules) });

describe('the setting', () => {
  it('is a list of what the API takes, with the same defaults', () => {
    expect(readSettings({ ...DESTINATIONS, ...listOf(GIVEN) }).backupSchedules).toEqual([
      {
        ...GIVEN,
        timezone: 'UTC',
        compression: 'gzip',
        recipients: [],
        keep: { last: 2, daily: 0, weekly: 0, monthly: 0 },
        notify: null,
        enabled: true,
      },
    ]);
    expect(readSettings({}).backupSchedules).toEqual([]);
  });

  it.each([
    ['no JSON', 'nightly', /^FLOWG_BACKUP_SCHEDULES=\(a secret\) is not valid: expected JSON$/],
    ['no list', '{}', /JSON in which all of it is right: .*array/],
    ['no name', JSON.stringify([{ ...GIVEN, name: undefined }]), /JSON in which 0\.name is right/],
    ['an unknown property', JSON.stringify([{ ...GIVEN, when: 'now' }]), /Unrecognized key: "when"/],
    [
      'a rhythm that never comes',
      JSON.stringify([{ ...GIVEN, cron: '0 0 30 2 *' }]),
      /0\.cron is right: there is no such day/,
    ],
    [
      'a zone that is none',
      JSON.stringify([{ ...GIVEN, timezone: 'Mars' }]),
      /0\.timezone is right: no timezone/,
    ],
    ['two of a name', JSON.stringify([GIVEN, GIVEN]), /two schedules have the same name/],
    ['keep of nothing', JSON.stringify([{ ...GIVEN, keep: {} }]), /0\.keep is right: at least one of/],
    [
      'a destination that is none',
      JSON.stringify([{ ...GIVEN, destination: 'tape' }]),
      /^FLOWG_BACKUP_SCHEDULES is not valid: the schedule "given" names the destination "tape": expected one of/,
    ],
  ])('that is bad stops the start: %s', (_what, FLOWG_BACKUP_SCHEDULES, error) => {
    expect(() => readSettings({ ...DESTINATIONS, FLOWG_BACKUP_SCHEDULES })).toThrow(error);
  });

  it('with a recipient that is none stops the start, and does not show it', async () => {
    const recipients = ['AGE-SECRET-KEY-1QQQ'];
    const server = await TestServer.launch({ env: { ...DESTINATIONS, ...listOf({ ...GIVEN, recipients }) } });
    try {
      expect(await server.ended()).toBe(1);
      expect(server.log).toMatch(
        /FLOWG_BACKUP_SCHEDULES is not valid: the schedule "given": .*recipients\.0: this is a private key/,
      );
      expect(server.log).not.toContain('1QQQ');
    } finally {
      await server.stop();
    }
  });
});

describe('a server', () => {
  let scheduled: ScheduledServer;
  afterEach(() => scheduled.end());

  it('makes what they say, and lets them win over one of the same name until they are gone', async () => {
    scheduled = await ScheduledServer.start();
    await scheduled.put('given', { database: 'auth', keep: { last: 1 } });
    await scheduled.restart(listOf({ ...GIVEN, notify: 'nobody-yet' }));
    expect(scheduled.current.log).toMatch(/schedule "given" is in FLOWG_BACKUP_SCHEDULES, which counts/);
    expect(scheduled.current.log).toMatch(/schedule "given": notify: there is no alert "nobody-yet"/);
    expect(await scheduled.get('given')).toMatchObject({
      database: 'logs',
      source: 'settings',
      last_run: null,
    });
    const run = await scheduled.run('given');
    expect(run).toMatchObject({ database: 'logs', outcome: 'succeeded', proof: { outcome: 'proven' } });
    await scheduled.restart({ FLOWG_BACKUP_SCHEDULES: '' });
    expect(await scheduled.get('given')).toMatchObject({ database: 'auth', source: 'api', last_run: null });
    expect(await scheduled.backupFiles()).toEqual([run.stored!.file]);
  });
});
