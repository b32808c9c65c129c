import { Injectable } from '@nestjs/common';
import { IsNull, Not } from 'typeorm';
import { reconcileIndexes } from './field-indexes.store.js';
import { LogsDatabase } from '../logs.database.js';
import type { StreamConfig } from './stream-config.schema.js';
import { Stream } from './stream.entity.js';

/** Streams, their configurations, and the names of their fields. */
@Injectable()
export class StreamsStore {
  constructor(private readonly database: LogsDatabase) {}

  /** By name, sorted. */
  async list(): Promise<[string, StreamConfig][]> {
    const streams = await this.database.read((manager) =>
      manager.find(Stream, { where: { name: Not(IsNull()) }, order: { name: 'ASC' } }),
    );
    return streams.map((stream) => [stream.name!, configOf(stream)]);
  }

  async find(name: string): Promise<StreamConfig | undefined> {
    const stream = await this.database.read((manager) => manager.findOneBy(Stream, { name }));
    return stream ? configOf(stream) : undefined;
  }

  /** Creates the stream with the default configuration, if it is not there. */
  async ensure(name: string): Promise<StreamConfig> {
    return this.database.write(async (manager) => {
      await manager.query('INSERT INTO stream (name) VALUES (?) ON CONFLICT (name) DO NOTHING', [name]);
      return configOf(await manager.findOneByOrFail(Stream, { name }));
    });
  }

  /** Creates the stream, or changes its configuration and begins and gives up indexes accordingly. */
  async configure(name: string, { ttl, size, indexed_fields }: StreamConfig): Promise<void> {
    await this.database.write(async (manager) => {
      await manager.query(
        `INSERT INTO stream (name, ttl_seconds, size_mb, indexed_fields) VALUES (?, ?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET ttl_seconds = excluded.ttl_seconds, size_mb = excluded.size_mb,
           indexed_fields = excluded.indexed_fields`,
        [name, ttl, size, JSON.stringify(indexed_fields)],
      );
      const { id } = await manager.findOneByOrFail(Stream, { name });
      await reconcileIndexes(manager, id, indexed_fields);
    });
  }

  /** Bytes that count towards the size of a stream; 0 for an absent one. */
  async usage(name: string): Promise<number> {
    const [row] = await this.database.read((manager) =>
      manager.query<{ bytes: number }[]>(
        'SELECT entry_bytes - hidden_bytes AS bytes FROM stream WHERE name = ?',
        [name],
      ),
    );
    return row?.bytes ?? 0;
  }

  /** The one with the most bytes; undefined when there is none. */
  async largest(): Promise<string | undefined> {
    const [row] = await this.database.read((manager) =>
      manager.query<{ name: string }[]>(
        `SELECT name FROM stream WHERE name IS NOT NULL ORDER BY entry_bytes - hidden_bytes DESC, name LIMIT 1`,
      ),
    );
    return row?.name;
  }

  /** Every field name that the stream has ever seen, sorted. */
  async fields(name: string): Promise<string[]> {
    const rows = await this.database.read((manager) =>
      manager.query<{ name: string }[]>(
        `SELECT stream_field.name FROM stream JOIN stream_field ON stream_field.stream_id = stream.id
         WHERE stream.name = ?`,
        [name],
      ),
    );
    // A restored file may hold one name in two spellings.
    return [...new Set(rows.map((row) => JSON.parse(row.name) as string))].toSorted();
  }
}

function configOf({ ttlSeconds, sizeMb, indexedFields }: Stream): StreamConfig {
  return { ttl: ttlSeconds, size: sizeMb, indexed_fields: JSON.parse(indexedFields) as string[] };
}
