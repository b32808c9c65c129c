import type { Position } from '../entries/stored-entry.js';
import { MEBIBYTE } from '../entries/hide-oversize.store.js';
import type { LiveRoom } from './admission.js';
import type { Readable } from './stream-side.store.js';

/** A stream of the backup that takes part. */
export interface BackupStream {
  name: string;
  /** Its entries, all of them. */
  entries: number;
  sizeMb: number;
  /** Unix milliseconds of its newest entry; -1 where there is none. */
  newestMs: number;
}

/** By name. Those that were being emptied have none, and take no part. */
export function backupStreams(staged: Readable): Promise<BackupStream[]> {
  return staged.read((manager) =>
    manager.query<BackupStream[]>(
      `SELECT name, entry_count AS entries, size_mb AS sizeMb,
         coalesce((SELECT max(timestamp_ms) FROM entry WHERE stream_id = stream.id), -1) AS newestMs
       FROM stream WHERE name IS NOT NULL ORDER BY name`,
    ),
  );
}

/** What the live streams of these names have room for; a stream that is not there has as much as the backup allows it. */
export async function roomsOf(live: Readable, streams: BackupStream[]): Promise<Map<string, LiveRoom>> {
  const rows = await live.read((manager) =>
    manager.query<{ name: string; sizeMb: number; floorMs: number; bytes: number }[]>(
      `SELECT name, size_mb AS sizeMb, coalesce(floor_ms, -1) AS floorMs, entry_bytes - hidden_bytes AS bytes
       FROM stream WHERE name IN (SELECT value FROM json_each(?))`,
      [JSON.stringify(streams.map(({ name }) => name))],
    ),
  );
  const room = (sizeMb: number, bytes: number) => (sizeMb > 0 ? sizeMb * MEBIBYTE - bytes : Infinity);
  const rooms = new Map<string, LiveRoom>();
  for (const { name, sizeMb } of streams) rooms.set(name, { floorMs: -1, roomBytes: room(sizeMb, 0) });
  for (const { name, sizeMb, floorMs, bytes } of rows)
    rooms.set(name, { floorMs, roomBytes: room(sizeMb, bytes) });
  return rooms;
}

/** Whether entries, one of each stream, are still where they were: a stream may have been purged, and made again. */
export async function areStillThere(live: Readable, places: Map<string, Position>): Promise<boolean> {
  const list = [...places].map(([name, { timestampMs, id }]) => [name, timestampMs, id]);
  const [row] = await live.read((manager) =>
    manager.query<{ n: number }[]>(
      `SELECT count(*) AS n FROM json_each(?) AS place JOIN stream ON stream.name = place.value ->> 0
         JOIN entry ON entry.id = place.value ->> 2 AND entry.stream_id = stream.id
           AND entry.timestamp_ms = place.value ->> 1`,
      [JSON.stringify(list)],
    ),
  );
  return row!.n === places.size;
}
