import { Injectable } from '@nestjs/common';
import { Alert } from './alert.entity.js';
import { ConfigDatabase } from './config.database.js';
import { NamedStore } from './named.store.js';
import { type Webhook, webhookSchema } from './webhook.schema.js';

/** Alerts as they were saved: a webhook is not called here. */
@Injectable()
export class AlertsService {
  private readonly store: NamedStore<Alert>;

  constructor(database: ConfigDatabase) {
    this.store = new NamedStore(database, Alert, 'alert');
  }

  /** Names, sorted. */
  list(): Promise<string[]> {
    return this.store.names();
  }

  /** @throws Problem NOT_FOUND. */
  async get(name: string): Promise<Webhook> {
    const { webhook } = await this.store.get(name);
    // Through the schema again: a restored row may be written as leniently as a request.
    return webhookSchema.parse(JSON.parse(webhook));
  }

  /** Creates or replaces. */
  save(name: string, webhook: Webhook): Promise<void> {
    return this.store.save({ name, webhook: JSON.stringify(webhook) });
  }

  /** @throws Problem NOT_FOUND. */
  delete(name: string): Promise<void> {
    return this.store.delete(name);
  }
}
