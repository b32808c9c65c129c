import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { indexedPart, VALUE } from '../entries/field-value.js';
import { withinBytes } from '../entries/within-bytes.js';
import { ShortWrites } from '../entries/short-writes.store.js';
import { LogsDatabase } from '../logs.database.js';
import { dropIndexes, droppedIndex, indexRemovalScript } from './index-rows.store.js';

/** Of the entries that are put into an index in one transaction. */
const STEP_BYTES = 4 * 1024 * 1024;

/** How far an index is. Until it is ready queries do without it. */
export interface FieldIndex {
  field: string;
  ready: boolean;
  /** Of the entries that were there when it was begun. */
  builtCount: number;
  totalCount: number;
}

interface Building {
  id: number;
  streamId: number;
  untilId: number;
  builtMs: number;
  builtId: number;
}

interface Place {
  id: number;
  timestampMs: number;
  bytes: number;
}

/** Indexes of the fields of streams. What is stored from their beginning on, `EntriesStore` puts into them itself. */
@Injectable()
export class FieldIndexesStore {
  private readonly building: ShortWrites;
  private readonly removing: ShortWrites;

  constructor(private readonly database: LogsDatabase) {
    this.building = new ShortWrites(database);
    this.removing = new ShortWrites(database);
  }

  /** In the order of the fields; none for an absent stream. */
  async list(stream: string): Promise<FieldIndex[]> {
    const rows = await this.database.read((manager) =>
      manager.query<{ field: string; ready: number; builtCount: number; totalCount: number }[]>(
        `SELECT field, until_id IS NULL AS ready, built_count AS builtCount, total_count AS totalCount
         FROM stream JOIN stream_index ON stream_index.stream_id = stream.id
         WHERE stream.name = ? AND field IS NOT NULL`,
        [stream],
      ),
    );
    return rows
      .map(({ field, ready, builtCount, totalCount }) => ({
        field: JSON.parse(field) as string,
        ready: ready === 1,
        builtCount,
        totalCount,
      }))
      .toSorted((a, b) => (a.field < b.field ? -1 : 1));
  }

  /** Puts the next entries into an index that is being built. */
  async buildStep(): Promise<void> {
    await this.building.piece(async (manager, rows) => {
      const [index] = await manager.query<Building[]>(
        `SELECT id, stream_id AS streamId, until_id AS untilId, built_ms AS builtMs, built_id AS builtId
         FROM stream_index WHERE until_id IS NOT NULL LIMIT 1`,
      );
      return index && buildingScript(index, (await nextPlaces(manager, index, rows)).at(-1));
    });
  }

  /** Removes a piece of an index that was given up. */
  async removeStep(): Promise<void> {
    await this.removing.piece(async (manager, rows) => {
      const index = await droppedIndex(manager);
      return index === undefined ? undefined : indexRemovalScript(index, rows);
    });
  }
}

async function nextPlaces(manager: EntityManager, index: Building, rows: number): Promise<Place[]> {
  const places = await manager.query<Place[]>(
    `SELECT id, timestamp_ms AS timestampMs, octet_length(fields) AS bytes FROM entry
     WHERE ${notInYet(index)} ORDER BY timestamp_ms, id LIMIT ?`,
    [rows],
  );
  return withinBytes(places, STEP_BYTES);
}

/** SQL about `entry` that is true for what an index that is being built has still before it. */
function notInYet({ streamId, untilId, builtMs, builtId }: Building): string {
  return `entry.stream_id = ${streamId} AND entry.id <= ${untilId}
    AND timestamp_ms >= ${builtMs} AND (timestamp_ms > ${builtMs} OR entry.id > ${builtId})`;
}

/**
 * SQL that puts into an index what there is behind the place that it has come to, up to `last`; or says that it is ready,
 * where there was nothing more. It does nothing to an index that is somewhere else by now.
 */
function buildingScript(index: Building, last?: Place): string {
  const { id, streamId, untilId, builtMs, builtId } = index;
  const still = `stream_index.id = ${id} AND stream_index.stream_id = ${streamId}
    AND until_id = ${untilId} AND built_ms = ${builtMs} AND built_id = ${builtId}`;
  if (!last) {
    return `UPDATE stream_index SET until_id = NULL
      WHERE ${still} AND NOT EXISTS (SELECT 1 FROM entry WHERE ${notInYet(index)})`;
  }
  const next = `${notInYet(index)}
    AND timestamp_ms <= ${last.timestampMs} AND (timestamp_ms < ${last.timestampMs} OR entry.id <= ${last.id})`;
  return `
    INSERT INTO indexed_value (index_id, value, timestamp_ms, entry_id)
      SELECT stream_index.id, ${indexedPart(VALUE)}, timestamp_ms, entry.id
      FROM stream_index CROSS JOIN entry ON ${next} WHERE ${still} AND ${VALUE} IS NOT NULL;
    UPDATE stream_index SET built_ms = ${last.timestampMs}, built_id = ${last.id},
      built_count = built_count + (SELECT count(*) FROM entry WHERE ${next})
    WHERE ${still}`;
}

/**
 * Makes the indexes of a stream those of `fields`: new ones are begun, others are given up. In the transaction that
 * changes the configuration of the stream.
 */
export async function reconcileIndexes(
  manager: EntityManager,
  streamId: number,
  fields: string[],
): Promise<void> {
  const wanted = new Set(fields.map((field) => JSON.stringify(field)));
  const present = await manager.query<{ id: number; field: string }[]>(
    'SELECT id, field FROM stream_index WHERE stream_id = ? AND field IS NOT NULL',
    [streamId],
  );
  const extra = present.filter(({ field }) => !wanted.delete(field));
  if (extra.length > 0)
    await dropIndexes(
      manager,
      streamId,
      extra.map(({ id }) => id),
    );
  for (const field of wanted) {
    await manager.query(
      `INSERT INTO stream_index (stream_id, field, until_id, total_count)
       SELECT ?1, ?2, iif(entry_count = 0, NULL, (SELECT max(id) FROM entry)), entry_count FROM stream WHERE id = ?1`,
      [streamId, field],
    );
  }
}
