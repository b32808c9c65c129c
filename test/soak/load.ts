import { setTimeout as pause } from 'node:timers/promises';
import type { Ledger } from './ledger.js';
import type { Subject } from './subject.js';

const CONNECTIONS = 2;
const ENTRIES_IN_A_REQUEST = 10;

/** Sends entries all the time, whatever happens to the server, and keeps the ledger of them. */
export class Load {
  /** Answers that a server which is well does not give. */
  readonly faults: string[] = [];
  private held = false;
  private stopped = false;
  private underWay = 0;
  private readonly workers: Promise<void>[];

  constructor(
    private readonly subject: Subject,
    private readonly ledger: Ledger,
    entriesPerSecond: number,
  ) {
    const waitMs = (1000 * ENTRIES_IN_A_REQUEST * CONNECTIONS) / entriesPerSecond;
    this.workers = Array.from({ length: CONNECTIONS }, () => this.work(waitMs));
  }

  /** Resolves when nothing is under way any more; nothing is sent until `goOn`. */
  async hold(): Promise<void> {
    this.held = true;
    while (this.underWay > 0) await pause(5);
  }

  goOn(): void {
    this.held = false;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.workers);
  }

  private async work(waitMs: number): Promise<void> {
    while (!this.stopped) {
      if (!this.held) await this.sendOnce();
      await pause(waitMs * (0.5 + Math.random()));
    }
  }

  private async sendOnce(): Promise<void> {
    this.underWay++;
    const numbers = this.ledger.send(ENTRIES_IN_A_REQUEST);
    const records = numbers.map((number) => ({ number: String(number), message: 'm'.repeat(number % 400) }));
    try {
      const answer = await this.subject.request('POST', '/api/v1/pipelines/default/logs/struct', {
        json: { records },
      });
      if (answer.status === 200) this.ledger.acknowledge(numbers);
      else this.faults.push(`ingest was answered with ${answer.status}: ${answer.text}`);
    } catch {
      // Killed meanwhile, or not there yet: nobody knows whether it has them.
    } finally {
      this.underWay--;
    }
  }
}
