import { Injectable } from '@nestjs/common';
import type { Instant } from '../instant.js';

/** The two clocks may differ by this before the system's own counts again: it was set, or the machine slept. */
const TOLERANCE_MILLISECONDS = 5;

const MILLISECOND_NS = 1_000_000;

/**
 * The time of day with nanoseconds: the system's clock, which counts milliseconds, refined by the one that counts
 * nanoseconds from anywhere. Never goes back while the process runs and never says the same twice.
 */
@Injectable()
export class ServerClock {
  /** The same moment on both clocks. */
  private anchorMs = Date.now();
  private anchor = process.hrtime();
  private last: Instant = { timestampMs: 0, subNs: 0 };

  now(): Instant {
    const wallMs = Date.now();
    let instant = this.sinceAnchor();
    if (Math.abs(instant.timestampMs - wallMs) > TOLERANCE_MILLISECONDS) {
      this.anchorMs = wallMs;
      this.anchor = process.hrtime();
      instant = this.sinceAnchor();
    }
    this.last = isLater(instant, this.last) ? instant : nextNanosecond(this.last);
    return this.last;
  }

  /** In two numbers: one has no room for the nanoseconds since 1970, and a `BigInt` costs more than all the rest. */
  private sinceAnchor(): Instant {
    const [seconds, nanoseconds] = process.hrtime(this.anchor);
    return {
      timestampMs: this.anchorMs + seconds * 1000 + Math.trunc(nanoseconds / MILLISECOND_NS),
      subNs: nanoseconds % MILLISECOND_NS,
    };
  }
}

function isLater(a: Instant, b: Instant): boolean {
  return (a.timestampMs - b.timestampMs || a.subNs - b.subNs) > 0;
}

function nextNanosecond({ timestampMs, subNs }: Instant): Instant {
  return subNs + 1 < MILLISECOND_NS
    ? { timestampMs, subNs: subNs + 1 }
    : { timestampMs: timestampMs + 1, subNs: 0 };
}
