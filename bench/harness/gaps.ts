import { HttpClient, type Sent } from './http-client.js';
import type { Span } from './slow-spells.js';
import { monotonicMs } from './timing.js';

const CONNECTIONS = 64;
/** Milliseconds. Of shorter gaps there are thousands. */
const WORTH_NOTING = 5;

/**
 * Sends a request again and again, a moment after the other, whether the ones before are answered or not, and notes from
 * when to when none succeeded.
 */
export class Gaps {
  /** From one success to the next. */
  seen: Span[] = [];
  /** Requests that were refused, or had no answer. */
  failed = 0;
  private readonly client: HttpClient;
  private readonly timer: NodeJS.Timeout;
  private last = monotonicMs();

  constructor(
    private readonly request: Sent,
    everyMs: number,
  ) {
    this.client = new HttpClient(request.url, CONNECTIONS);
    this.timer = setInterval(() => void this.send(), everyMs);
  }

  /** Forgets what was seen so far. */
  begin(): void {
    this.seen = [];
    this.failed = 0;
    this.last = monotonicMs();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.client.close();
  }

  private async send(): Promise<void> {
    try {
      await this.client.send(this.request);
      const now = monotonicMs();
      if (now - this.last > WORTH_NOTING) this.seen.push({ from: this.last, to: now });
      this.last = now;
    } catch {
      this.failed++;
    }
  }
}
