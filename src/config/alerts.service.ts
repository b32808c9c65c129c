import { Injectable } from '@nestjs/common';
import { Alert } from './alert.entity.js';
import { ConfigDatabase } from './config.database.js';
import { NamedStore } from './named.store.js';
import { readWebhook } from './stored-definitions.js';
import type { Webhook } from './webhook.schema.js';

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
    return readWebhook((await this.store.get(name)).webhook);
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
