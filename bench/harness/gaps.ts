import { Agent, request } from 'node:http';

/** A request that is sent again and again, a moment after the other, whether the ones before are answered or not. */
export interface Poll {
  url: string;
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string;
  everyMs: number;
}

/** Watches for how long at a time a request does not succeed. */
export class Gaps {
  /** Milliseconds between one success and the next, the longest so far. */
  longest = 0;
  /** Requests that were refused, or had no answer. */
  failed = 0;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 64 });
  private readonly timer: NodeJS.Timeout;
  private last = performance.now();

  constructor(private readonly poll: Poll) {
    this.timer = setInterval(() => this.send(), poll.everyMs);
  }

  /** Forgets what was seen so far. */
  begin(): void {
    this.longest = 0;
    this.failed = 0;
    this.last = performance.now();
  }

  stop(): void {
    clearInterval(this.timer);
    this.agent.destroy();
  }

  private send(): void {
    const { url, method, headers, body } = this.poll;
    const sent = request(url, { method, headers, agent: this.agent }, (response) => {
      response.resume().once('end', () => (response.statusCode === 200 ? this.succeed() : this.failed++));
    });
    sent.once('error', () => this.failed++).end(body);
  }

  private succeed(): void {
    const now = performance.now();
    this.longest = Math.max(this.longest, now - this.last);
    this.last = now;
  }
}
