import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import {
  type EntryView,
  isStillThere,
  openView,
  viewBehind,
  VISIBLE,
  visibleParameters,
} from '../entries/entry-view.store.js';
import { type Position, STORED_ENTRY, type StoredEntry } from '../entries/stored-entry.js';
import { withinBytes } from '../entries/within-bytes.js';
import { LogsDatabase } from '../logs.database.js';

const PAGE_ROWS = 500;
const PAGE_BYTES = 1024 * 1024;
/** By how much the system's clock may have been set back in between without anything being left out. */
const SLACK_MILLISECONDS = 60_000;

/** What was stored behind an entry, oldest first, up to some instant. */
export interface Replay {
  /** Pages, none of them empty. What is held is released when the generator ends or is closed. */
  pages: AsyncGenerator<StoredEntry[]>;
  /** The newest entry of the stream at that instant, shown or not; undefined where there is none. */
  newest: Position | undefined;
}

/** Reads what a client that comes back has missed. */
@Injectable()
export class ReplayStore {
  constructor(private readonly database: LogsDatabase) {}

  /** @param after the last entry that the client has. */
  async behind(stream: string, after: Position): Promise<Replay> {
    const held = await this.database.hold();
    try {
      const view = await openView(held, stream);
      const newest = view && (await held.read((manager) => newestOf(manager, view)));
      const read = (last: Position) => held.read((manager) => readPage(manager, view!, after, last));
      const pages = async function* () {
        try {
          let last: Position = { timestampMs: after.timestampMs - SLACK_MILLISECONDS, id: 0 };
          for (let page = view ? await read(last) : []; page.length > 0; page = await read(last)) {
            yield page;
            last = page.at(-1)!;
          }
        } finally {
          held.release();
        }
      };
      return { pages: pages(), newest };
    } catch (error) {
      held.release();
      throw error;
    }
  }
}

async function newestOf(manager: EntityManager, view: EntryView): Promise<Position | undefined> {
  const [newest] = await manager.query<Position[]>(
    `SELECT timestamp_ms AS timestampMs, id FROM entry WHERE stream_id = ? AND id <= ?
     ORDER BY timestamp_ms DESC, id DESC LIMIT 1`,
    [view.streamId, view.newestId],
  );
  return newest;
}

async function readPage(
  manager: EntityManager,
  view: EntryView,
  after: Position,
  last: Position,
): Promise<StoredEntry[]> {
  if (!(await isStillThere(manager, view))) return [];
  const keys = await manager.query<(Position & { bytes: number })[]>(
    `SELECT id, timestamp_ms AS timestampMs, octet_length(fields) AS bytes FROM entry
     WHERE ${VISIBLE} AND id > ? ORDER BY timestamp_ms, id LIMIT ${PAGE_ROWS}`,
    [...visibleParameters(viewBehind(view, last)), after.id],
  );
  return manager.query<StoredEntry[]>(
    `SELECT ${STORED_ENTRY} FROM entry WHERE id IN (SELECT value FROM json_each(?)) ORDER BY timestamp_ms, id`,
    [JSON.stringify(withinBytes(keys, PAGE_BYTES).map(({ id }) => id))],
  );
}
