import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ThrottledLog } from './throttled-log.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function logged() {
  const lines: string[] = [];
  return { lines, log: new ThrottledLog((text) => lines.push(text)) };
}

it('writes one line a second, and says how many more there were', () => {
  const { lines, log } = logged();
  for (let n = 0; n < 1000; n++) log.say(`failure ${n}`);
  expect(lines).toEqual(['failure 0']);
  vi.advanceTimersByTime(1000);
  const summary = 'failure 999 (999 such lines within a second, this is the last)';
  expect(lines).toEqual(['failure 0', summary]);
  log.say('soon after');
  expect(lines).toHaveLength(2);
  vi.advanceTimersByTime(1000);
  expect(lines[2]).toBe('soon after (1 such lines within a second, this is the last)');
});

it('writes at once what comes after a second of silence', () => {
  const { lines, log } = logged();
  log.say('one');
  vi.advanceTimersByTime(1000);
  log.say('two');
  expect(lines).toEqual(['one', 'two']);
});
