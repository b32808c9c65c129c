import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Gauge } from 'prom-client';
import { AlertsService } from '../../config/alerts.service.js';
import { failpoint } from '../../failpoints.js';
import { Problem } from '../../problems.js';
import { SETTINGS, type Settings } from '../../settings.js';
import { GroupCommit } from '../ingest/group-commit.js';
import { formatInstant } from '../instant.js';
import { retryDelayMs } from './retry-delay.js';
import { DeliveriesStore, type DueDelivery, type Settlement } from './deliveries.store.js';
import { countDeliveries } from './delivery-metrics.js';
import { type Attempt, WebhookClient } from './webhook-client.js';

/** Calls at the same time, of one alert and of all: one that hangs keeps only its own places. */
const MOST_OF_ALERT = 4;
const MOST_AT_ONCE = 32;
const LOOK_MILLISECONDS = 1000;

const waitingDeliveries = new Gauge({
  name: 'flowg_alert_deliveries_waiting',
  help: 'Alerts that are still to be delivered',
  labelNames: ['alert'],
});

/** An alert whose webhook fails is left alone for a while, with all that waits for it. */
interface Trouble {
  failures: number;
  untilMs: number;
}

/**
 * Delivers the alerts that are owed: at least once each, in about their order, as long as it takes. What is owed stands
 * in the logs database, written together with the log it tells of, so it survives whatever happens to this process.
 */
@Injectable()
export class DeliveryService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger('Alerts');
  private readonly underWay = new Map<number, { alert: string; ended: Promise<void> }>();
  private readonly troubles = new Map<string, Trouble>();
  private readonly settlements: GroupCommit<Settlement>;
  private readonly stopped = new AbortController();
  private looking?: Promise<void>;
  private lookAgain = false;
  private countedMs = 0;
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly store: DeliveriesStore,
    private readonly alerts: AlertsService,
    private readonly client: WebhookClient,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {
    this.settlements = new GroupCommit((batch) => this.store.settle(batch), { rows: 500, bytes: Infinity });
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.wake(), LOOK_MILLISECONDS).unref();
    this.wake();
  }

  /** What is under way may end; what cannot in time is tried again after the next start. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    const bound = setTimeout(() => this.stopped.abort(), this.settings.shutdownSeconds * 1000);
    this.timer = undefined;
    await this.looking;
    await Promise.all([...this.underWay.values()].map(({ ended }) => ended));
    clearTimeout(bound);
    this.stopped.abort();
  }

  /** To be called when there may be something to deliver now. */
  wake(): void {
    this.lookAgain = true;
    if (!this.timer) return;
    this.looking ??= this.look().finally(() => {
      this.looking = undefined;
      if (this.lookAgain) this.wake();
    });
  }

  private async look(): Promise<void> {
    this.lookAgain = false;
    try {
      const now = Date.now();
      for (const alert of await this.store.alertsDue(now)) {
        if ((this.troubles.get(alert)?.untilMs ?? 0) > now) continue;
        await this.startSome(alert, now);
      }
      await this.countWaiting();
    } catch (error) {
      // The next look is a second away.
      if (this.timer) this.log.error('alerts could not be looked through', (error as Error).stack);
    }
  }

  private async startSome(alert: string, now: number): Promise<void> {
    const own = [...this.underWay].filter(([, delivery]) => delivery.alert === alert).map(([id]) => id);
    // One at a time until a webhook that failed has answered again.
    const places = this.troubles.has(alert) ? 1 : MOST_OF_ALERT;
    const room = Math.min(places - own.length, MOST_AT_ONCE - this.underWay.size);
    if (room <= 0) return;
    for (const delivery of await this.store.due(alert, now, room, own)) {
      const ended = this.deliver(delivery)
        .catch((error: Error) => {
          // What cannot be written down now is attempted again, but not at once.
          this.leaveAlone(alert);
          this.log.error(`an attempt to deliver ${JSON.stringify(alert)} could not be noted`, error.stack);
        })
        .finally(() => {
          this.underWay.delete(delivery.id);
          this.wake();
        });
      this.underWay.set(delivery.id, { alert, ended });
    }
  }

  private async deliver(delivery: DueDelivery): Promise<void> {
    const { alert } = delivery;
    const attempt = await this.attempt(delivery);
    // Cut short by a stop: nobody knows how it ended, so it is tried again.
    if (!attempt.ok && this.stopped.signal.aborted) return;
    await failpoint('alert.attempted');
    const retryUntilMs = delivery.createdMs + this.settings.alerts.retryHours * 3_600_000;
    const again = !attempt.ok && attempt.retry && Date.now() < retryUntilMs;
    const nextMs = again ? Date.now() + retryDelayMs(delivery.attempts) : null;
    await this.settlements.add(
      {
        id: delivery.id,
        uuid: delivery.uuid,
        alert,
        outcome: attempt.ok ? 'delivered' : again ? null : 'failed',
        nextMs,
        status: attempt.status ?? null,
        error: attempt.error ?? null,
      },
      { rows: 1, bytes: 0 },
    );
    countDeliveries(alert, attempt.ok ? 'delivered' : again ? 'retried' : 'failed');
    if (attempt.ok || !attempt.retry) this.troubles.delete(alert);
    else await this.noteTrouble(alert, attempt.error!);
  }

  private async attempt(delivery: DueDelivery): Promise<Attempt> {
    try {
      const webhook = await this.alerts.get(delivery.alert);
      const json = `{"timestamp":"${formatInstant(delivery)}","fields":${delivery.fields}}`;
      return await this.client.post(webhook, json, delivery.uuid, this.stopped.signal);
    } catch (error) {
      if (error instanceof Problem && error.code === 'NOT_FOUND')
        return { ok: false, retry: false, error: 'the alert does not exist any more' };
      throw error;
    }
  }

  /** @returns how often it has failed in a row. */
  private leaveAlone(alert: string): number {
    const failures = (this.troubles.get(alert)?.failures ?? 0) + 1;
    this.troubles.set(alert, { failures, untilMs: Date.now() + retryDelayMs(failures - 1) });
    return failures;
  }

  private async noteTrouble(alert: string, error: string): Promise<void> {
    const failures = this.leaveAlone(alert);
    const oldestMs = Date.now() - this.settings.alerts.retryHours * 3_600_000;
    const given = await this.store.giveUp(
      alert,
      oldestMs,
      `given up after ${this.settings.alerts.retryHours} hours: ${error}`,
    );
    if (given > 0) countDeliveries(alert, 'failed', given);
    if (failures === 1) this.log.warn(`alert ${JSON.stringify(alert)} cannot be delivered: ${error}`);
  }

  private async countWaiting(): Promise<void> {
    if (Date.now() - this.countedMs < LOOK_MILLISECONDS) return;
    this.countedMs = Date.now();
    waitingDeliveries.reset();
    for (const [alert, count] of await this.store.waiting()) waitingDeliveries.set({ alert }, count);
  }
}
