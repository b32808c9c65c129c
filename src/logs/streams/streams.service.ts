import { Injectable } from '@nestjs/common';
import type { StreamConfig } from './stream-config.schema.js';
import { StreamsStore } from './streams.store.js';

@Injectable()
export class StreamsService {
  constructor(private readonly store: StreamsStore) {}

  /** Configurations by name. */
  async list(): Promise<Record<string, StreamConfig>> {
    return Object.fromEntries(await this.store.list());
  }

  /** As in the reference, looking at a stream creates it. */
  async get(name: string): Promise<StreamConfig> {
    return (await this.store.find(name)) ?? (await this.store.ensure(name));
  }

  /** Creates the stream where it is absent. */
  configure(name: string, config: StreamConfig): Promise<void> {
    return this.store.configure(name, config);
  }

  /** Every field name the stream has ever seen, sorted; none for an absent stream. */
  fields(name: string): Promise<string[]> {
    return this.store.fields(name);
  }
}
