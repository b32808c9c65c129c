import { Injectable } from '@nestjs/common';
import { AlertsService } from '../../config/alerts.service.js';
import { Problem } from '../../problems.js';
import { ServerClock } from '../ingest/server-clock.js';
import { formatInstant } from '../instant.js';
import type { Fields } from '../record.js';
import { DeliveriesStore, type DeliveryRow } from './deliveries.store.js';
import { WebhookClient } from './webhook-client.js';

const LISTED = 100;

/** What people ask about an alert: does it work, and what became of it? */
@Injectable()
export class AlertCallsService {
  constructor(
    private readonly alerts: AlertsService,
    private readonly deliveries: DeliveriesStore,
    private readonly client: WebhookClient,
    private readonly clock: ServerClock,
  ) {}

  /**
   * Calls the webhook once, now.
   * @throws Problem NOT_FOUND; BAD_GATEWAY when it cannot be reached or does not answer 2xx.
   */
  async test(alert: string, record: Fields): Promise<void> {
    const webhook = await this.alerts.get(alert);
    const body = { timestamp: formatInstant(this.clock.now()), fields: record };
    const { ok, status, error } = await this.client.post(webhook, JSON.stringify(body));
    if (ok) return;
    throw new Problem('BAD_GATEWAY', status === undefined ? `failed to send request: ${error}` : error!);
  }

  /**
   * The newest deliveries, newest first; also those of an alert that does not exist any more.
   * @throws Problem NOT_FOUND when there is neither the alert nor a delivery of it.
   */
  async list(alert: string): Promise<DeliveryRow[]> {
    const rows = await this.deliveries.list(alert, LISTED);
    if (rows.length === 0) await this.alerts.get(alert);
    return rows;
  }
}
