import { Injectable } from '@nestjs/common';
import { ServerClock } from '../ingest/server-clock.js';
import type { Fields } from '../record.js';
import { DeliveriesStore } from './deliveries.store.js';
import { countDeliveries } from './delivery-metrics.js';
import { DeliveryService } from './delivery.service.js';

/** What the server itself has to tell to an alert: delivered like what pipelines send there, at least once. */
@Injectable()
export class NoticesService {
  constructor(
    private readonly store: DeliveriesStore,
    private readonly clock: ServerClock,
    private readonly deliveries: DeliveryService,
  ) {}

  /** Resolves when it is written down. An alert that does not exist shows in its deliveries. @throws Problem INSUFFICIENT_STORAGE. */
  async send(alert: string, fields: Fields): Promise<void> {
    const dropped = await this.store.add({
      alert,
      instant: this.clock.now(),
      fields: JSON.stringify(fields),
    });
    if (dropped > 0) countDeliveries(alert, 'dropped', dropped);
    this.deliveries.wake();
  }
}
