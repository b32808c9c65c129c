import { Injectable } from '@nestjs/common';
import type { Instant } from '../instant.js';

/** The two clocks may differ by this before the system's own counts again: it was set, or the machine slept. */
const TOLERANCE_NS = 5_000_000n;

/**
 * The time of day with nanoseconds: the system's clock, which counts milliseconds, refined by the one that counts
 * nanoseconds from anywhere. Never goes back while the process runs and never says the same twice.
 */
@Injectable()
export class ServerClock {
  private offset = 0n;
  private last = 0n;

  now(): Instant {
    const ticks = process.hrtime.bigint();
    const wall = BigInt(Date.now()) * 1_000_000n;
    const drift = ticks + this.offset - wall;
    if (drift > TOLERANCE_NS || drift < -TOLERANCE_NS) this.offset = wall - ticks;
    const nanoseconds = ticks + this.offset;
    this.last = nanoseconds > this.last ? nanoseconds : this.last + 1n;
    return { timestampMs: Number(this.last / 1_000_000n), subNs: Number(this.last % 1_000_000n) };
  }
}
