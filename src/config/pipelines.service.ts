import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ConfigDatabase } from './config.database.js';
import { DEFAULT_PIPELINE } from './default-pipeline.js';
import { type Flow, flowSchema } from './flow.schema.js';
import { NamedStore } from './named.store.js';
import { Pipeline } from './pipeline.entity.js';

/** Pipelines as graphs. What a graph does is the business of `logs/`. */
@Injectable()
export class PipelinesService implements OnModuleInit {
  private readonly store: NamedStore<Pipeline>;

  constructor(database: ConfigDatabase) {
    this.store = new NamedStore(database, Pipeline, 'pipeline');
  }

  /** A server that has no pipeline could not take a log: as in the reference it gets one at each start. */
  async onModuleInit(): Promise<void> {
    const { name, flow } = DEFAULT_PIPELINE;
    await this.store.saveFirst({ name, flow: JSON.stringify(flow) });
  }

  /** Names, sorted. */
  list(): Promise<string[]> {
    return this.store.names();
  }

  /** @throws Problem NOT_FOUND. */
  async get(name: string): Promise<Flow> {
    const { flow } = await this.store.get(name);
    // Through the schema again: a restored row may be written as leniently as a request.
    return flowSchema.parse(JSON.parse(flow));
  }

  /** Creates or replaces. */
  save(name: string, flow: Flow): Promise<void> {
    return this.store.save({ name, flow: JSON.stringify(flow) });
  }

  /** @throws Problem NOT_FOUND. */
  delete(name: string): Promise<void> {
    return this.store.delete(name);
  }
}
