import { ENTRY_OVERHEAD_BYTES } from '../../../logs/entries/entry-size.js';
import type { StreamConfig } from '../../../logs/streams/stream-config.schema.js';
import type { PortableOutput } from '../portable-output.store.js';
import type { ImportedEntry } from './entry-of.js';

/** What a row takes besides its texts, roughly. */
const ROW_BYTES = 100;

/** Rows of the logs database as ingest would have written them. Entries get their ids in the order in which they come. */
export class LogsRows {
  private lastId = 0;

  constructor(private readonly output: PortableOutput) {}

  async addStream(name: string, { ttl, size, indexed_fields }: StreamConfig): Promise<void> {
    const fields = JSON.stringify(indexed_fields);
    await this.output.run(
      `INSERT INTO stream (name, ttl_seconds, size_mb, indexed_fields) VALUES (?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET ttl_seconds = excluded.ttl_seconds, size_mb = excluded.size_mb,
         indexed_fields = excluded.indexed_fields`,
      [name, ttl, size, fields],
      fields.length + ROW_BYTES,
    );
  }

  async addField(stream: string, field: string): Promise<void> {
    await this.addStreams([stream]);
    await this.addFields([[stream, JSON.stringify(field)]]);
  }

  /** Creates streams that have no settings of their own. */
  async addEntries(entries: ImportedEntry[]): Promise<void> {
    if (entries.length === 0) return;
    await this.addStreams(entries.map(({ stream }) => stream));
    const rows = entries.map(({ stream, timestampMs, subNs, fields, expiresMs }) => [
      stream,
      timestampMs,
      subNs,
      fields,
      expiresMs,
    ]);
    const bytes = entries.reduce((sum, { fields }) => sum + fields.length + ROW_BYTES, 0);
    await this.output.run(
      `INSERT INTO entry (id, stream_id, timestamp_ms, sub_ns, fields, expires_ms)
       SELECT CAST(? AS INTEGER) + 1 + item.key, stream.id, item.value ->> 1, item.value ->> 2, item.value ->> 3,
         item.value ->> 4
       FROM json_each(?) AS item JOIN stream ON stream.name = item.value ->> 0 ORDER BY item.key`,
      [this.lastId, JSON.stringify(rows)],
      bytes,
    );
    this.lastId += entries.length;
    await this.addFieldNames(entries);
    await this.addToSizes(entries);
  }

  /** Indexes of what was indexed, still to be filled: that is done when the file is in use, as for a new index. */
  async beginIndexes(): Promise<void> {
    for (let last = 0; ;) {
      const [stream] = await this.output.query<{ id: number; fields: string; entryCount: number }>(
        `SELECT id, indexed_fields AS fields, entry_count AS entryCount FROM stream
         WHERE id > ? AND indexed_fields <> '[]' ORDER BY id LIMIT 1`,
        [last],
      );
      if (!stream) return;
      for (const field of new Set(JSON.parse(stream.fields) as string[]))
        await this.output.run(
          'INSERT INTO stream_index (stream_id, field, until_id, total_count) VALUES (?, ?, ?, ?)',
          [stream.id, JSON.stringify(field), stream.entryCount === 0 ? null : this.lastId, stream.entryCount],
          ROW_BYTES,
        );
      last = stream.id;
    }
  }

  private async addStreams(names: string[]): Promise<void> {
    await this.output.run(
      'INSERT INTO stream (name) SELECT DISTINCT value FROM json_each(?) WHERE true ON CONFLICT (name) DO NOTHING',
      [JSON.stringify(names)],
      ROW_BYTES,
    );
  }

  private async addFieldNames(entries: ImportedEntry[]): Promise<void> {
    const rows = new Map<string, [string, string]>();
    for (const { stream, names } of entries) {
      for (const name of names) {
        const row: [string, string] = [stream, JSON.stringify(name)];
        rows.set(JSON.stringify(row), row);
      }
    }
    await this.addFields([...rows.values()]);
  }

  /** @param rows stream, and name of the field as a JSON string. */
  private async addFields(rows: [string, string][]): Promise<void> {
    await this.output.run(
      `INSERT INTO stream_field (stream_id, name)
       SELECT stream.id, item.value ->> 1 FROM json_each(?) AS item JOIN stream ON stream.name = item.value ->> 0 WHERE true
       ON CONFLICT (stream_id, name) DO NOTHING`,
      [JSON.stringify(rows)],
      ROW_BYTES,
    );
  }

  private async addToSizes(entries: ImportedEntry[]): Promise<void> {
    const added = new Map<string, { count: number; bytes: number }>();
    for (const { stream, fields } of entries) {
      const sum = added.get(stream) ?? { count: 0, bytes: 0 };
      sum.count++;
      sum.bytes += Buffer.byteLength(fields) + ENTRY_OVERHEAD_BYTES;
      added.set(stream, sum);
    }
    const rows = [...added].map(([stream, { count, bytes }]) => [stream, count, bytes]);
    await this.output.run(
      `UPDATE stream SET entry_count = entry_count + item.value ->> 1, entry_bytes = entry_bytes + item.value ->> 2
       FROM json_each(?) AS item WHERE stream.name = item.value ->> 0`,
      [JSON.stringify(rows)],
      0,
    );
  }
}
