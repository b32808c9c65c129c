import { createHash } from 'node:crypto';
import type { EntityManager } from 'typeorm';

/** Settings of all streams and, where `appended` logs count, how much is in each. */
export async function logsState(manager: EntityManager, appended: boolean): Promise<string> {
  const settings = 'name, ttl_seconds, size_mb, indexed_fields';
  const content = 'entry_count, entry_bytes, floor_ms, floor_id, (SELECT max(id) FROM entry) AS newest';
  const rows = await manager.query<unknown[]>(
    `SELECT ${appended ? `${settings}, ${content}` : settings} FROM stream WHERE name IS NOT NULL ORDER BY name`,
  );
  return createHash('sha256').update(JSON.stringify(rows)).digest('hex');
}
