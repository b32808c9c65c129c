import { pagedRows } from '../../changes/paged-rows.js';
import type { Rows } from '../../changes/rows.js';
import type { EntryView } from '../entries/entry-view.store.js';
import type { StreamConfig } from '../streams/stream-config.schema.js';

/** A stream on one side of a comparison, at the instant at which it was first looked at. */
export interface StreamState {
  name: string;
  config: StreamConfig;
  view: EntryView;
  rows: Rows;
}

interface StreamRow extends Omit<EntryView, 'nowMs'> {
  ttl: number;
  size: number;
  indexedFields: string;
}

/**
 * Streams that have a name, sorted by it. One at a time: a list of indexed fields may be as large as a request.
 * @param nowMs Unix milliseconds: what has expired by then is not there.
 */
export async function* streamStates(rows: Rows, nowMs: number): AsyncGenerator<StreamState> {
  const streams = pagedRows((last?: StreamRow) =>
    rows.read((manager) =>
      manager.query<StreamRow[]>(
        `SELECT name AS stream, id AS streamId, (SELECT coalesce(max(id), 0) FROM entry) AS newestId,
           coalesce(floor_ms, -1) AS floorMs, coalesce(floor_id, 0) AS floorId,
           ttl_seconds AS ttl, size_mb AS size, indexed_fields AS indexedFields
         FROM stream WHERE name > ? ORDER BY name LIMIT 1`,
        [last?.stream ?? ''],
      ),
    ),
  );
  for await (const { ttl, size, indexedFields, ...view } of streams) {
    const config = { ttl, size, indexed_fields: JSON.parse(indexedFields) as string[] };
    yield { name: view.stream, config, view: { ...view, nowMs }, rows };
  }
}
