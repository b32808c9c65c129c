import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Instant } from '../instant.js';
import { ServerClock } from './server-clock.js';

const nanoseconds = ({ timestampMs, subNs }: Instant) => BigInt(timestampMs) * 1_000_000n + BigInt(subNs);

describe('ServerClock', () => {
  afterEach(() => vi.restoreAllMocks());

  it('says the time of day, always later than before', () => {
    const clock = new ServerClock();
    let last = 0n;
    for (let reading = 0; reading < 10_000; reading++) {
      const now = nanoseconds(clock.now());
      expect(now).toBeGreaterThan(last);
      last = now;
    }
    expect(Math.abs(Number(last / 1_000_000n) - Date.now())).toBeLessThan(50);
  });

  it('follows a system clock that is set forward, and does not go back with one that is set back', () => {
    const clock = new ServerClock();
    const before = clock.now();
    const real = Date.now();
    const wall = vi.spyOn(Date, 'now').mockReturnValue(real + 3_600_000);
    const forward = clock.now();
    expect(forward.timestampMs).toBeGreaterThanOrEqual(before.timestampMs + 3_599_000);
    wall.mockReturnValue(real);
    expect(nanoseconds(clock.now())).toBe(nanoseconds(forward) + 1n);
  });
});
