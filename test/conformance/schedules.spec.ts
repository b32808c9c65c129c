import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Permission } from '#src/auth/permissions.js';
import { Api, PATIENCE } from './api.js';
import { INSTANT, invalid, invalidParameters, problem, success, UUID } from './expectation.js';
import { coversItsRoutes } from './route-coverage.js';
import { each, perform, type Scenario, scenarios } from './scenario.js';

/** Schedules of backups: the reference has nothing of this kind. */

const GIVEN = { name: 'given', database: 'config', cron: '0 0 1 1 *', destination: 'nas', keep: { last: 1 } };

const folder = mkdtempSync(join(tmpdir(), 'flowg-schedules-'));
const api = new Api({
  FLOWG_BACKUP_DESTINATIONS: JSON.stringify({ nas: { type: 'folder', path: folder } }),
  FLOWG_BACKUP_SCHEDULES: JSON.stringify([GIVEN]),
  // Long enough to ask again meanwhile.
  FLOWG_TEST_FAILPOINTS: 'schedule.writing=sleep:700',
});
beforeAll(() => api.start());
afterAll(async () => {
  await api.stop();
  await rm(folder, { recursive: true });
});

const ALL = '/api/v1/backup-schedules';
const MAY: Record<string, Permission[]> = {
  auth: ['read_acls'],
  config: ['read_pipelines', 'read_transformers', 'read_alerts'],
  logs: ['read_streams'],
  all: ['read_acls', 'read_pipelines', 'read_transformers', 'read_alerts', 'read_streams'],
};
const WHOLE = {
  database: 'logs',
  cron: '30 2 * * *',
  timezone: 'Europe/Berlin',
  destination: 'nas',
  compression: 'none',
  recipients: [],
  keep: { last: 1, daily: 7, weekly: 4, monthly: 12 },
  notify: null,
  enabled: true,
};
const FEWEST = { database: 'logs', cron: '0 3 * * *', destination: 'nas', keep: { last: 1 } };

const put = (name: string, json: object) =>
  ({ method: 'PUT', path: `${ALL}/${encodeURIComponent(name)}`, json }) as const;
const about = (method: string, name: string, rest = '') => ({
  method,
  path: `${ALL}/${encodeURIComponent(name)}${rest}`,
});
const shown = (name: string, definition: object, more: object = {}) => ({
  name,
  ...definition,
  source: 'api',
  next_run_at: INSTANT,
  running: false,
  last_run: null,
  ...more,
});
const DEFAULTS = {
  database: 'logs',
  cron: '0 3 * * *',
  timezone: 'UTC',
  destination: 'nas',
  compression: 'gzip',
  recipients: [],
  keep: { last: 1, daily: 0, weekly: 0, monthly: 0 },
  notify: null,
  enabled: true,
};
const NONE = (name: string) =>
  problem(
    'NOT_FOUND',
    `not found: there is no schedule ${JSON.stringify(name)}; GET /api/v1/backup-schedules lists them`,
  );

describe('a schedule', () => {
  it('is saved, shown, replaced and deleted', async () => {
    await perform(
      api,
      { ...put('a/b ü', WHOLE), answer: success({ schedule: shown('a/b ü', WHOLE) }) },
      { ...about('GET', 'a/b ü'), answer: success({ schedule: shown('a/b ü', WHOLE) }) },
      { ...put('a/b ü', FEWEST), answer: success({ schedule: shown('a/b ü', DEFAULTS) }) },
      {
        ...put('a/b ü', { ...FEWEST, enabled: false }),
        answer: success({ schedule: shown('a/b ü', { ...DEFAULTS, enabled: false }, { next_run_at: null }) }),
      },
      { ...about('DELETE', 'a/b ü'), answer: success() },
      { ...about('GET', 'a/b ü'), answer: NONE('a/b ü') },
      { ...about('DELETE', 'a/b ü'), answer: NONE('a/b ü') },
      { ...about('POST', 'a/b ü', '/run'), answer: NONE('a/b ü') },
    );
  });

  it('is due when its timezone says so', async () => {
    await api.ok('PUT', `${ALL}/berlin`, { ...FEWEST, cron: '0 12 15 7 *', timezone: 'Europe/Berlin' });
    const { schedule } = await api.ok('GET', `${ALL}/berlin`);
    expect(schedule.next_run_at).toMatch(/-07-15T10:00:00\.000Z$/);
  });

  it('runs when it is asked to, once at a time', async () => {
    await api.ok('PUT', `${ALL}/now`, FEWEST);
    const { backup } = await api.ok('POST', `${ALL}/now/run`);
    expect(backup).toMatchObject({
      id: UUID,
      database: 'logs',
      outcome: 'running',
      user: 'root',
      schedule: 'now',
    });
    await perform(api, {
      ...about('POST', 'now', '/run'),
      answer: problem('CONFLICT', /^a backup of the schedule "now" is under way/),
    });
    const outcome = async () => (await api.ok('GET', `/api/v1/backups/${backup.id}`)).backup.outcome;
    await expect.poll(outcome, PATIENCE).toBe('succeeded');
    expect((await api.ok('GET', `${ALL}/now`)).schedule.last_run.id).toBe(backup.id);
  });

  it('may name an alert that there is', async () => {
    await api.ok('PUT', '/api/v1/alerts/there', { webhook: { version: 1, url: 'http://127.0.0.1:1' } });
    await api.ok('PUT', `${ALL}/telling`, { ...FEWEST, notify: 'there', recipients: [] });
  });
});

describe('a schedule of the settings', () => {
  it('is shown as such, and changed nowhere else', async () => {
    const conflict = problem(
      'CONFLICT',
      /^the schedule "given" is given by FLOWG_BACKUP_SCHEDULES: change that setting/,
    );
    const { keep, ...rest } = GIVEN;
    await perform(
      api,
      {
        ...about('GET', 'given'),
        answer: success({
          schedule: shown(
            'given',
            { ...DEFAULTS, ...rest, keep: { ...DEFAULTS.keep, ...keep }, name: 'given' },
            { source: 'settings' },
          ),
        }),
      },
      { ...put('given', FEWEST), answer: conflict },
      { ...about('DELETE', 'given'), answer: conflict },
    );
    const { backup } = await api.ok('POST', `${ALL}/given/run`);
    expect(backup).toMatchObject({ database: 'config', schedule: 'given' });
  });
});

describe('what cannot be is refused', () => {
  const bad: [what: string, change: object, error: RegExp][] = [
    [
      'no database',
      { database: undefined },
      /^invalid argument: database: Invalid option: expected one of "auth"/,
    ],
    ['another database', { database: 'backup' }, /^invalid argument: database: /],
    ['no rhythm', { cron: undefined }, /^invalid argument: cron: /],
    [
      'a rhythm that nobody understands',
      { cron: '61 * * * *' },
      /^invalid argument: cron: Invalid value for minute: 61/,
    ],
    [
      'four fields',
      { cron: '* * * *' },
      /^invalid argument: cron: five fields are needed, or six with seconds/,
    ],
    [
      'a day that never comes',
      { cron: '0 0 30 2 *' },
      /^invalid argument: cron: there is no such day: it would never be due/,
    ],
    [
      'a zone that is none',
      { timezone: 'Nowhere/City' },
      /^invalid argument: timezone: no timezone of that name/,
    ],
    [
      'a destination that is none',
      { destination: 'tape' },
      /^invalid argument: destination: there is no destination "tape"; GET/,
    ],
    ['a compression that is none', { compression: 'rar' }, /^invalid argument: compression: /],
    ['no keep', { keep: undefined }, /^invalid argument: keep: /],
    [
      'keep of nothing',
      { keep: { last: 0 } },
      /^invalid argument: keep: at least one of last, daily, weekly and monthly/,
    ],
    ['keep of less than nothing', { keep: { daily: -1 } }, /^invalid argument: keep\.daily: /],
    ['keep of a half', { keep: { daily: 1.5 } }, /^invalid argument: keep\.daily: /],
    ['a slip in keep', { keep: { dayly: 7, last: 1 } }, /^invalid argument: keep: Unrecognized key: "dayly"/],
    ['an unknown property', { retention: 7 }, /^invalid argument: Unrecognized key: "retention"/],
    [
      'an alert that is none',
      { notify: 'nobody' },
      /^invalid argument: notify: there is no alert "nobody": save it first/,
    ],
    ['a yes that is none', { enabled: 'yes' }, /^invalid argument: enabled: /],
  ];
  scenarios(
    api,
    each(bad, ([name, change, error]): Scenario => ({
      name,
      ...put('bad', { ...FEWEST, ...change }),
      answer: invalid(error),
      next: [{ ...about('GET', 'bad'), answer: NONE('bad') }],
    })),
  );

  it.each(['ssh-rsa AAAA', 'AGE-SECRET-KEY-1QQQ'])(
    'a recipient that is none, without showing it: %s',
    async (recipient) => {
      const { status, text } = await api.ask(put('bad', { ...FEWEST, recipients: [recipient] }));
      expect(status).toBe(400);
      expect(JSON.parse(text).error).toMatch(
        /^invalid argument: recipients\.0: (not a public key|this is a private key)/,
      );
      expect(text).not.toContain(recipient);
    },
  );

  it('a name that is too long', async () => {
    const answer = invalidParameters({ 'path:name': ['at most 255 bytes in UTF-8'] });
    const name = 'x'.repeat(256);
    await perform(
      api,
      { ...put(name, FEWEST), answer },
      { ...about('GET', name), answer },
      { ...about('DELETE', name), answer },
      { ...about('POST', name, '/run'), answer },
    );
  });
});

const mayRestore = (database: string) =>
  MAY[database]!.map((one) => one.replace('read_', 'write_') as Permission);

describe('who may back up a database sees its schedules and lets them run, who may restore it changes them', () => {
  const DENIED = problem('PERMISSION_DENIED', /^permission denied/);

  it.each(Object.keys(MAY))('%s', async (database) => {
    const as = MAY[database]!;
    const name = `of ${database}`;
    const definition = { ...FEWEST, database };
    const writer = mayRestore(database);
    expect((await api.ask({ as: writer, ...put(name, definition) })).status).toBe(200);
    await perform(
      api,
      { as, ...put(name, definition), answer: DENIED },
      { as, ...about('DELETE', name), answer: DENIED },
    );
    const mine = (await api.ok('GET', ALL, undefined, as)).schedules;
    for (const one of mine) for (const needed of MAY[one.database]!) expect(as).toContain(needed);
    expect(mine.map((one: { name: string }) => one.name)).toContain(name);
    expect((await api.ask({ as, ...about('GET', name) })).status).toBe(200);
    expect((await api.ask({ as, ...about('POST', name, '/run') })).status).toBe(200);

    const others = Object.entries(MAY).filter(
      ([, needs]) => !MAY[database]!.every((one) => needs.includes(one)),
    );
    for (const [, stranger] of others) {
      await perform(
        api,
        { as: stranger, ...about('GET', name), answer: NONE(name) },
        { as: stranger, ...about('DELETE', name), answer: NONE(name) },
        { as: stranger, ...about('POST', name, '/run'), answer: NONE(name) },
        { as: stranger, ...put(name, definition), answer: DENIED },
      );
      const { schedules } = await api.ok('GET', ALL, undefined, stranger);
      expect(schedules.map((one: { name: string }) => one.name)).not.toContain(name);
    }
    for (const lacking of writer) {
      const rest = writer.filter((one) => one !== lacking);
      await perform(
        api,
        { as: rest, ...put(name, definition), answer: DENIED },
        { as: rest, ...about('DELETE', name), answer: NONE(name) },
        { as: [...rest, ...as], ...put(name, definition), answer: DENIED },
        { as: [...rest, ...as], ...about('DELETE', name), answer: DENIED },
      );
    }
    const idle = async () => (await api.ok('GET', `${ALL}/${encodeURIComponent(name)}`)).schedule.running;
    await expect.poll(idle, PATIENCE).toBe(false);
    expect((await api.ask({ as: writer, ...about('DELETE', name) })).status).toBe(200);
  });

  it('a schedule is moved by who may restore both databases', async () => {
    const both: Permission[] = ['write_acls', 'write_streams'];
    await api.ok('PUT', `${ALL}/moved`, { ...FEWEST, database: 'auth' });
    await perform(
      api,
      { as: mayRestore('logs'), ...put('moved', FEWEST), answer: DENIED },
      { as: mayRestore('auth'), ...put('moved', FEWEST), answer: DENIED },
    );
    expect((await api.ask({ as: both, ...put('moved', FEWEST) })).status).toBe(200);
  });

  it('alerts are named by who may see them', async () => {
    await api.ok('PUT', '/api/v1/alerts/there', { webhook: { version: 1, url: 'http://127.0.0.1:1' } });
    const telling = (notify: string) => put('telling', { ...FEWEST, notify });
    const refused = problem('PERMISSION_DENIED', 'permission denied: notify needs read_alerts');
    await perform(
      api,
      { as: ['write_streams'], ...telling('there'), answer: refused },
      { as: ['write_streams'], ...telling('nobody'), answer: refused },
    );
    expect((await api.ask({ as: ['write_streams', 'read_alerts'], ...telling('there') })).status).toBe(200);
  });

  it('a guest, and somebody who may back up nothing, is refused before a body is read', async () => {
    const body = { headers: { 'Content-Type': 'application/json' }, body: '{' };
    await perform(
      api,
      {
        as: 'guest',
        ...about('PUT', 'x'),
        ...body,
        answer: problem('UNAUTHENTICATED', 'unauthenticated: missing token'),
      },
      {
        as: ['send_logs'],
        ...about('PUT', 'x'),
        ...body,
        answer: problem('PERMISSION_DENIED', 'permission denied'),
      },
      { as: ['send_logs'], method: 'GET', path: ALL, answer: success({ schedules: [] }) },
    );
  });
});

coversItsRoutes(api, 'schedules');
