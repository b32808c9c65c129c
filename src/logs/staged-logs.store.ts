import type { EntityManager } from 'typeorm';
import type { StagedGeneration } from '../database/database.js';
import { answerTo } from '../database/portable-file/answer-to.js';
import { HELD_BY_INDEX, indexedPart, VALUE } from './entries/field-value.js';
import { ENTRY_WITH_OTHER_VALUES, MISCOUNTED_STREAM } from './staged-logs.questions.js';

export interface StagedStream {
  id: number;
  name: string | null;
  /** The name as the file has it, which need not be UTF-8. */
  nameBytes: Buffer | null;
  ttl: number;
  size: number;
  indexedFields: string;
}

/** One at a time: a list of indexed fields may be as large as a request. */
export async function* stagedStreams(staged: StagedGeneration): AsyncGenerator<StagedStream> {
  let last = 0;
  for (;;) {
    const [row] = await staged.read((manager) =>
      manager.query<StagedStream[]>(
        `SELECT id, name, CAST(name AS BLOB) AS nameBytes, ttl_seconds AS ttl, size_mb AS size,
           indexed_fields AS indexedFields
         FROM stream WHERE id > ? ORDER BY id LIMIT 1`,
        [last],
      ),
    );
    if (!row) return;
    yield row;
    last = row.id;
  }
}

/** The highest id of anything that gets new rows, 0 where there is nothing. */
export async function highestStagedId(staged: StagedGeneration): Promise<number> {
  const tables = ['entry', 'stream', 'stream_index', 'alert_delivery'];
  const highest = tables.map((table) => `(SELECT coalesce(max(id), 0) FROM ${table})`);
  const [row] = await staged.read((manager) =>
    manager.query<{ id: number }[]>(`SELECT max(${highest.join()}) AS id`),
  );
  return row!.id;
}

export async function miscountedStream(
  staged: StagedGeneration,
): Promise<{ name: string | null } | undefined> {
  const [row] = await answerTo<{ name: string | null }>(staged, MISCOUNTED_STREAM);
  return row;
}

export async function entryWithOtherValues(staged: StagedGeneration): Promise<{ id: number } | undefined> {
  const [row] = await answerTo<{ id: number }>(staged, ENTRY_WITH_OTHER_VALUES);
  return row;
}

/** The field of an index that does not hold what is in its stream: queries would show less than there is. */
export async function untrueIndex(staged: StagedGeneration): Promise<string | undefined> {
  const indexes = await staged.read((manager) =>
    manager.query<{ id: number; field: string }[]>(
      'SELECT id, field FROM stream_index WHERE field IS NOT NULL ORDER BY id',
    ),
  );
  for (const { id, field } of indexes) {
    const sound = await staged.read(
      async (manager) => (await hasOnlyTrueValues(manager, id)) && (await isComplete(manager, id)),
    );
    if (!sound) return field;
  }
  return undefined;
}

async function hasOnlyTrueValues(manager: EntityManager, indexId: number): Promise<boolean> {
  const untrue = await manager.query<unknown[]>(
    `SELECT 1 FROM stream_index JOIN indexed_value ON indexed_value.index_id = stream_index.id
       LEFT JOIN entry ON entry.id = indexed_value.entry_id AND entry.stream_id = stream_index.stream_id
         AND entry.timestamp_ms = indexed_value.timestamp_ms
     WHERE stream_index.id = ?
       AND (${VALUE} IS NULL OR indexed_value.value <> ${indexedPart(VALUE)}) LIMIT 1`,
    [indexId],
  );
  return untrue.length === 0;
}

/** Of an index that is being built: as far as it is. */
async function isComplete(manager: EntityManager, indexId: number): Promise<boolean> {
  const [row] = await manager.query<{ there: number; due: number }[]>(
    `SELECT (SELECT count(*) FROM indexed_value WHERE index_id = stream_index.id) AS there,
       (SELECT count(*) FROM entry
        WHERE entry.stream_id = stream_index.stream_id
          AND ${VALUE} IS NOT NULL
          AND ${HELD_BY_INDEX}) AS due
     FROM stream_index WHERE id = ?`,
    [indexId],
  );
  return row!.there === row!.due;
}

/** Names of alerts that something is owed to, or was. */
export async function stagedDeliveryAlerts(staged: StagedGeneration): Promise<string[]> {
  const rows = await staged.read((manager) =>
    manager.query<{ alert: string }[]>('SELECT DISTINCT alert FROM alert_delivery'),
  );
  return rows.map(({ alert }) => alert);
}

/** Ends what waited when the backup was taken, without sending it: that was long ago, or is done by somebody else. */
export async function suspendStagedDeliveries(staged: StagedGeneration, nowMs: number): Promise<void> {
  await staged.write((manager) =>
    manager.query(
      `UPDATE alert_delivery SET next_ms = NULL, outcome = 'suspended', ended_ms = ?,
         error = 'it waited in a backup that was restored'
       WHERE next_ms IS NOT NULL`,
      [nowMs],
    ),
  );
}
