import { describe, expect, it } from 'vitest';
import type { Schedule } from './schedule.js';
import { Timetable } from './timetable.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOON = Date.parse('2026-03-10T12:00:00Z');

function schedule(changes: Partial<Schedule> = {}): Schedule {
  return {
    name: 'hourly',
    database: 'logs',
    cron: '0 * * * *',
    timezone: 'UTC',
    destination: 'nas',
    compression: 'gzip',
    recipients: [],
    keep: { last: 1, daily: 0, weekly: 0, monthly: 0 },
    notify: null,
    enabled: true,
    source: 'api',
    ...changes,
  };
}

function begun(...schedules: Schedule[]): Timetable {
  const table = new Timetable();
  for (const one of schedules) table.begin(one, NOON);
  table.takeDue(NOON);
  return table;
}

const names = (table: Timetable, nowMs: number) => table.takeDue(nowMs).map((due) => due.schedule.name);

describe('a timetable', () => {
  it('says what is due, once', () => {
    const table = begun(schedule(), schedule({ name: 'daily', cron: '0 0 * * *' }));
    expect(table.firstMs()).toBe(NOON + HOUR);
    expect(names(table, NOON + HOUR - 1)).toEqual([]);
    expect(names(table, NOON + HOUR)).toEqual(['hourly']);
    expect(names(table, NOON + HOUR + 1)).toEqual([]);
    expect(table.nextMs('hourly')).toBe(NOON + 2 * HOUR);
  });

  it('makes one of all that was due while nobody looked, also when the clock jumps ahead', () => {
    const table = begun(schedule());
    expect(names(table, NOON + 400 * DAY)).toEqual(['hourly']);
    expect(names(table, NOON + 400 * DAY + MINUTE)).toEqual([]);
  });

  it('repeats nothing when the clock goes back a little', () => {
    const table = begun(schedule());
    expect(names(table, NOON + HOUR + 10)).toEqual(['hourly']);
    expect(names(table, NOON + HOUR - 30 * MINUTE)).toEqual([]);
    expect(names(table, NOON + HOUR + 20)).toEqual([]);
    expect(names(table, NOON + 2 * HOUR)).toEqual(['hourly']);
  });

  it('does not wait for a year when the clock had been wrong by a year', () => {
    const table = begun(schedule());
    expect(names(table, NOON + 365 * DAY)).toEqual(['hourly']);
    expect(names(table, NOON + 10 * MINUTE)).toEqual([]);
    expect(table.nextMs('hourly')).toBe(NOON + HOUR);
  });

  it('has nothing of a schedule that is not enabled', () => {
    const table = begun(schedule({ enabled: false }));
    expect(table.firstMs()).toBe(Infinity);
    expect(table.nextMs('hourly')).toBeUndefined();
    expect(names(table, NOON + DAY)).toEqual([]);
  });

  it('keeps the rhythm when something else changes, and what was due', () => {
    const table = begun(schedule());
    table.change(schedule({ destination: 'offsite' }));
    expect(table.takeDue(NOON + HOUR)).toMatchObject([{ schedule: { destination: 'offsite' } }]);
  });

  it('forgets one that is gone', () => {
    const table = begun(schedule());
    table.remove('hourly');
    expect(table.all()).toEqual([]);
    expect(names(table, NOON + DAY)).toEqual([]);
  });
});

describe('at a start', () => {
  it('what was missed is due once, after a pause', () => {
    const table = new Timetable();
    expect(table.resume(schedule(), NOON - 5 * HOUR, NOON + MINUTE)).toBe(NOON - 4 * HOUR);
    expect(names(table, NOON + MINUTE)).toEqual([]);
    expect(names(table, NOON + MINUTE + 3000)).toEqual(['hourly']);
    expect(table.nextMs('hourly')).toBe(NOON + HOUR);
  });

  it('nothing is due when nothing was missed', () => {
    const table = new Timetable();
    expect(table.resume(schedule(), NOON, NOON + MINUTE)).toBeUndefined();
    expect(table.nextMs('hourly')).toBe(NOON + HOUR);
  });

  it('what a clock that was wrong has written down is not waited for', () => {
    const table = new Timetable();
    expect(table.resume(schedule(), NOON + 365 * DAY, NOON)).toBeUndefined();
    expect(table.nextMs('hourly')).toBe(NOON + HOUR);
  });

  it('a clock that was a little ahead repeats nothing', () => {
    const table = new Timetable();
    expect(table.resume(schedule(), NOON + 10, NOON - MINUTE)).toBeUndefined();
    expect(table.nextMs('hourly')).toBe(NOON + HOUR);
  });
});
