import { Injectable } from '@nestjs/common';
import { type FieldIndex, FieldIndexesStore } from './field-indexes.store.js';
import { RetentionStore } from './retention.store.js';
import type { StreamConfig } from './stream-config.schema.js';
import { StreamsStore } from './streams.store.js';
import { UpkeepService } from './upkeep.service.js';

@Injectable()
export class StreamsService {
  constructor(
    private readonly store: StreamsStore,
    private readonly indexStore: FieldIndexesStore,
    private readonly retention: RetentionStore,
    private readonly upkeep: UpkeepService,
  ) {}

  /** Configurations by name. */
  async list(): Promise<Record<string, StreamConfig>> {
    return Object.fromEntries(await this.store.list());
  }

  /** As in the reference, looking at a stream creates it. */
  async get(name: string): Promise<StreamConfig> {
    return (await this.store.find(name)) ?? (await this.store.ensure(name));
  }

  /**
   * Creates the stream where it is absent. When it resolves, queries show no more than the new size allows; indexes are
   * built, and what is hidden is removed, behind it.
   */
  async configure(name: string, config: StreamConfig): Promise<void> {
    await this.store.configure(name, config);
    await this.retention.applySize(name);
    this.upkeep.wake();
  }

  /** Bytes of the stream's entries as its `size` counts them; 0 for an absent stream. */
  usage(name: string): Promise<number> {
    return this.store.usage(name);
  }

  /** How far the indexes of the stream are; none for an absent stream. */
  indexes(name: string): Promise<FieldIndex[]> {
    return this.indexStore.list(name);
  }

  /** Every field name the stream has ever seen, sorted; none for an absent stream. */
  fields(name: string): Promise<string[]> {
    return this.store.fields(name);
  }
}
