import { Injectable } from '@nestjs/common';
import { ConfigDatabase } from './config.database.js';
import { NamedStore } from './named.store.js';
import { Transformer } from './transformer.entity.js';

/** Transformers as they were saved: a script is neither compiled nor checked here. */
@Injectable()
export class TransformersService {
  private readonly store: NamedStore<Transformer>;

  constructor(database: ConfigDatabase) {
    this.store = new NamedStore(database, Transformer, 'transformer');
  }

  /** Names, sorted. */
  list(): Promise<string[]> {
    return this.store.names();
  }

  /** @throws Problem NOT_FOUND. */
  async get(name: string): Promise<string> {
    return (await this.store.get(name)).script;
  }

  /** Creates or replaces. */
  save(name: string, script: string): Promise<void> {
    return this.store.save({ name, script });
  }

  /** @throws Problem NOT_FOUND. */
  delete(name: string): Promise<void> {
    return this.store.delete(name);
  }
}
