import type { EntityTarget, FindOptionsWhere } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import { notFound } from '../problems.js';
import type { ConfigDatabase } from './config.database.js';

/** Rows that are nothing but a name and a content: transformers, pipelines, alerts. */
export class NamedStore<Row extends { name: string }> {
  constructor(
    protected readonly database: ConfigDatabase,
    private readonly entity: EntityTarget<Row>,
    /** As a refusal calls such a row. */
    private readonly kind: string,
  ) {}

  /** Sorted by name. */
  async names(): Promise<string[]> {
    const rows = await this.database.read((manager) =>
      manager
        .createQueryBuilder(this.entity, 'row')
        .select('row.name', 'name')
        .orderBy('row.name')
        .getRawMany<{ name: string }>(),
    );
    return rows.map(({ name }) => name);
  }

  /** @throws Problem NOT_FOUND. */
  async get(name: string): Promise<Row> {
    const row = await this.database.read((manager) => manager.findOneBy(this.entity, this.called(name)));
    if (!row) throw this.missing(name);
    return row;
  }

  /** Creates or replaces. */
  async save(row: Row): Promise<void> {
    await this.database.write((manager) =>
      manager.upsert(this.entity, row as QueryDeepPartialEntity<Row>, ['name']),
    );
  }

  /** Creates the first row where there is none at all. */
  async saveFirst(row: Row): Promise<void> {
    await this.database.write(async (manager) => {
      if (await manager.exists(this.entity)) return;
      await manager.insert(this.entity, row as QueryDeepPartialEntity<Row>);
    });
  }

  /** @throws Problem NOT_FOUND. */
  async delete(name: string): Promise<void> {
    const { affected } = await this.database.write((manager) =>
      manager.delete(this.entity, this.called(name)),
    );
    if (!affected) throw this.missing(name);
  }

  private called(name: string): FindOptionsWhere<Row> {
    return { name } as FindOptionsWhere<Row>;
  }

  private missing(name: string) {
    return notFound(`not found: ${this.kind} ${JSON.stringify(name)} does not exist`);
  }
}
