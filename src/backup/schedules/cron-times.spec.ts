import { describe, expect, it } from 'vitest';
import { CronTimes } from './cron-times.js';

function dues(expression: string, zone: string, from: string, count: number): string[] {
  const times = new CronTimes(expression, zone);
  let at = Date.parse(from);
  return Array.from({ length: count }, () => new Date((at = times.after(at))).toISOString().slice(0, 16));
}

const BERLIN = 'Europe/Berlin';

describe('in the night in which an hour is left out', () => {
  it('a time that does not exist is due when the gap ends, once', () => {
    expect(dues('30 2 * * *', BERLIN, '2026-03-28T12:00Z', 2)).toEqual([
      '2026-03-29T01:00',
      '2026-03-30T00:30',
    ]);
    expect(dues('30 2,14 * * *', BERLIN, '2026-03-28T23:00Z', 2)).toEqual([
      '2026-03-29T01:00',
      '2026-03-29T12:30',
    ]);
  });

  it('an interval goes on', () => {
    expect(dues('*/30 * * * *', BERLIN, '2026-03-29T00:15Z', 3)).toEqual([
      '2026-03-29T00:30',
      '2026-03-29T01:00',
      '2026-03-29T01:30',
    ]);
  });
});

describe('in the night in which an hour comes twice', () => {
  it('a time in it is due once', () => {
    for (const expression of ['30 2 * * *', '30 2 * * *', '0 30 2 * * *'])
      expect(dues(expression, BERLIN, '2026-10-24T12:00Z', 2)).toEqual([
        '2026-10-25T00:30',
        '2026-10-26T01:30',
      ]);
    expect(dues('30 2,14 * * *', BERLIN, '2026-10-24T23:00Z', 2)).toEqual([
      '2026-10-25T00:30',
      '2026-10-25T13:30',
    ]);
  });

  it('an interval goes on', () => {
    expect(dues('0 * * * *', BERLIN, '2026-10-24T23:30Z', 4)).toEqual([
      '2026-10-25T00:00',
      '2026-10-25T01:00',
      '2026-10-25T02:00',
      '2026-10-25T03:00',
    ]);
  });
});

it.each([
  ['0 3 * * *', '2026-03-29T03:00'],
  ['*/2 * * * * *', '2026-03-28T12:00'],
  ['@daily', '2026-03-29T00:00'],
  ['0 0 * * 7', '2026-03-29T00:00'],
  ['0 0 * * sun', '2026-03-29T00:00'],
  ['0 0 29 2 *', '2028-02-29T00:00'],
  ['0 0 L * *', '2026-03-31T00:00'],
])('%s is understood', (expression, first) => {
  expect(dues(expression, 'UTC', '2026-03-28T12:00:00.500Z', 1)).toEqual([first]);
});

it.each([
  ['', /five fields are needed, or six/],
  ['* * * *', /five fields/],
  ['0 0 0 * * * 2030', /five fields/],
  ['2030-01-01T00:00:00', /five fields/],
  ['@reboot', /five fields/],
  ['61 * * * *', /Invalid value for minute: 61/],
  ['0 0 * * 1#6', /nth weekday out of range/],
  ['a b c d e', /./],
  ['0 0 30 2 *', /never be due/],
  ['0 0 31 4,6 *', /never be due/],
])('%s is refused', (expression, reason) => {
  expect(() => new CronTimes(expression, 'UTC')).toThrow(reason);
});

it.each(['Nowhere/City', '', '+02:00', 'Europe/Berlin; DROP'])('the zone %s is refused', (zone) => {
  expect(() => new CronTimes('0 3 * * *', zone)).toThrow(/no timezone: use a name like/);
});
