import type { EntityManager } from 'typeorm';
import type { StagedGeneration } from '../../database/database.js';
import { withinBytes } from '../entries/within-bytes.js';
import { PAGE_BYTES, type Readable } from './stream-side.store.js';

/** Deliveries that are looked at together. */
const PAGE_DELIVERIES = 500;

interface Owed {
  id: number;
  uuid: string;
  attempts: number;
  nextMs: number;
  bytes: number;
}

/** Columns of a row, as they are written back. */
type DeliveryRow = Record<string, string | number | null>;

/**
 * Makes what `to` owes what `from` still owes of the alerts that came since an instant: neither lost nor sent twice.
 * - What still waits in `from` waits in `to`, with the attempts that it has had.
 * - What waits in `to` and has been settled in `from` meanwhile is settled.
 * Ids stay where they are free: an attempt that is under way right now is then noted where it belongs.
 * What `from` suspended, because it waited in a backup there, goes on in `to` where it waited.
 * @param sinceMs Unix milliseconds.
 * @returns how many were written.
 */
export async function carryDeliveries(
  from: Readable,
  to: StagedGeneration,
  sinceMs: number,
): Promise<number> {
  return (await settleThoseSettled(from, to)) + (await copyThoseOwed(from, to, sinceMs));
}

async function settleThoseSettled(from: Readable, to: StagedGeneration): Promise<number> {
  let settled = 0;
  for await (const page of owed(to, 0)) {
    const rows = await from.read((manager) =>
      manager.query<DeliveryRow[]>(
        `SELECT uuid, outcome, ended_ms, status, error, attempts FROM alert_delivery
         WHERE uuid IN (SELECT value FROM json_each(?)) AND outcome IN ('delivered', 'failed')`,
        [JSON.stringify(page.map(({ uuid }) => uuid))],
      ),
    );
    if (rows.length === 0) continue;
    await to.write((manager) =>
      manager.query(
        `UPDATE alert_delivery SET next_ms = NULL, outcome = ended.value ->> 'outcome',
           ended_ms = ended.value ->> 'ended_ms', status = ended.value ->> 'status',
           error = ended.value ->> 'error', attempts = ended.value ->> 'attempts'
         FROM json_each(?) AS ended WHERE alert_delivery.uuid = ended.value ->> 'uuid'`,
        [JSON.stringify(rows)],
      ),
    );
    settled += rows.length;
  }
  return settled;
}

async function copyThoseOwed(from: Readable, to: StagedGeneration, sinceMs: number): Promise<number> {
  let copied = 0;
  for await (const page of owed(from, sinceMs)) {
    const present = await statesOf(to, page);
    const changed = page.filter(({ uuid, attempts, nextMs }) => {
      const same = present.get(uuid);
      return same?.attempts !== attempts || same.nextMs !== nextMs;
    });
    if (changed.length === 0) continue;
    const rows = await from.read((manager) =>
      manager.query<DeliveryRow[]>(
        'SELECT * FROM alert_delivery WHERE id IN (SELECT value FROM json_each(?)) AND next_ms IS NOT NULL',
        [JSON.stringify(changed.map(({ id }) => id))],
      ),
    );
    const firstFree = await highestId(from);
    await to.write((manager) => writeRows(manager, rows, firstFree + 1));
    copied += rows.length;
  }
  return copied;
}

/** Pages of what waits, by id. */
async function* owed(generation: Readable, sinceMs: number): AsyncGenerator<Owed[]> {
  for (let lastId = 0; ;) {
    const rows = await generation.read((manager) =>
      manager.query<Owed[]>(
        `SELECT id, uuid, attempts, next_ms AS nextMs, octet_length(fields) AS bytes FROM alert_delivery
         WHERE next_ms IS NOT NULL AND created_ms >= ? AND id > ? ORDER BY id LIMIT ${PAGE_DELIVERIES}`,
        [sinceMs, lastId],
      ),
    );
    if (rows.length === 0) return;
    const page = withinBytes(rows, PAGE_BYTES);
    yield page;
    lastId = page.at(-1)!.id;
  }
}

async function statesOf(
  to: Readable,
  page: Owed[],
): Promise<Map<string, { attempts: number; nextMs: number | null }>> {
  const rows = await to.read((manager) =>
    manager.query<{ uuid: string; attempts: number; nextMs: number | null }[]>(
      `SELECT uuid, attempts, next_ms AS nextMs FROM alert_delivery
       WHERE uuid IN (SELECT value FROM json_each(?))`,
      [JSON.stringify(page.map(({ uuid }) => uuid))],
    ),
  );
  return new Map(rows.map((row) => [row.uuid, row]));
}

async function highestId(generation: Readable): Promise<number> {
  const [row] = await generation.read((manager) =>
    manager.query<{ id: number }[]>('SELECT coalesce(max(id), 0) AS id FROM alert_delivery'),
  );
  return row!.id;
}

async function writeRows(manager: EntityManager, rows: DeliveryRow[], freeInSource: number): Promise<void> {
  const list = JSON.stringify(rows);
  await manager.query(
    `DELETE FROM alert_delivery WHERE uuid IN (SELECT value ->> 'uuid' FROM json_each(?))`,
    [list],
  );
  // An id of something else gets one that neither side has.
  await manager.query(
    `INSERT INTO alert_delivery (id, uuid, alert, timestamp_ms, sub_ns, fields, created_ms, attempts, next_ms, status, error)
     SELECT iif(EXISTS (SELECT 1 FROM alert_delivery AS other WHERE other.id = value ->> 'id'),
         max(?1, (SELECT coalesce(max(id), 0) + 1 FROM alert_delivery)) + key, value ->> 'id'),
       value ->> 'uuid', value ->> 'alert', value ->> 'timestamp_ms', value ->> 'sub_ns', value ->> 'fields',
       value ->> 'created_ms', value ->> 'attempts', value ->> 'next_ms', value ->> 'status', value ->> 'error'
     FROM json_each(?2)`,
    [freeInSource, list],
  );
}
