import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { failpoint } from '../../failpoints.js';
import { FieldIndexesStore } from './field-indexes.store.js';
import { PurgeService } from './purge.service.js';
import { RetentionStore } from './retention.store.js';
import { UpkeepStore } from './upkeep.store.js';

/** How often retention is looked after when nothing else gives a reason to. */
const INTERVAL_MILLISECONDS = 5000;

/**
 * Work on streams that nobody waits for: indexes that are built or given up, entries that are hidden or have expired,
 * purges that were cut short. Each step is a small transaction of its own, so that everybody else writes in between.
 */
@Injectable()
export class UpkeepService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger('Upkeep');
  private running?: Promise<void>;
  private again = false;
  private stopping = false;
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly store: UpkeepStore,
    private readonly indexes: FieldIndexesStore,
    private readonly retention: RetentionStore,
    private readonly purges: PurgeService,
  ) {}

  onApplicationBootstrap(): void {
    this.resume();
    this.timer = setInterval(() => this.wake(), INTERVAL_MILLISECONDS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    await this.running;
  }

  /** To be called where there may be something to do now. */
  wake(): void {
    this.again = true;
    if (this.stopping) return;
    this.running ??= this.work().finally(() => {
      this.running = undefined;
      if (this.again) this.wake();
    });
  }

  /** At the start and after a restore: goes on with whatever was under way in this database when it was left. */
  resume(): void {
    void this.catchUp().catch((error: Error) => {
      if (!this.stopping) this.log.error('cannot go on with what was under way', error.stack);
    });
    this.wake();
  }

  private async catchUp(): Promise<void> {
    for (const stream of await this.retention.oversized()) await this.retention.applySize(stream);
    this.wake();
    await this.purges.resumePurges();
  }

  private async work(): Promise<void> {
    while (this.again && !this.stopping) {
      this.again = false;
      try {
        while (!this.stopping && (await this.step())) await failpoint('upkeep.step');
      } catch (error) {
        // Not at once: the interval brings the next attempt.
        this.log.error('upkeep failed and is tried again later', (error as Error).stack);
      }
    }
  }

  /** One step of each kind, so that a long one does not keep the others from their turn. */
  private async step(): Promise<boolean> {
    const nowMs = Date.now();
    const { expired, hidden, building, dropped } = await this.store.pending(nowMs);
    if (expired) await this.retention.removeExpired(nowMs);
    if (hidden) await this.retention.removeHidden();
    if (building) await this.indexes.buildStep();
    if (dropped) await this.indexes.removeStep();
    return expired || hidden || building || dropped;
  }
}
