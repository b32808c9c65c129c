import { HttpClient, type Sent } from './http-client.js';

const CONNECTIONS = 64;

/**
 * Sends a request again and again, a moment after the other, whether the ones before are answered or not, and watches for
 * how long at a time none succeeds.
 */
export class Gaps {
  /** Milliseconds between one success and the next, the longest so far. */
  longest = 0;
  /** Requests that were refused, or had no answer. */
  failed = 0;
  private readonly client: HttpClient;
  private readonly timer: NodeJS.Timeout;
  private last = performance.now();

  constructor(
    private readonly request: Sent,
    everyMs: number,
  ) {
    this.client = new HttpClient(request.url, CONNECTIONS);
    this.timer = setInterval(() => void this.send(), everyMs);
  }

  /** Forgets what was seen so far. */
  begin(): void {
    this.longest = 0;
    this.failed = 0;
    this.last = performance.now();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.client.close();
  }

  private async send(): Promise<void> {
    try {
      await this.client.send(this.request);
      const now = performance.now();
      this.longest = Math.max(this.longest, now - this.last);
      this.last = now;
    } catch {
      this.failed++;
    }
  }
}
