import type { StagedGeneration } from '../../database/database.js';
import { withinBytes } from '../entries/within-bytes.js';
import { type EntryKey, PAGE_BYTES } from './stream-side.store.js';

/** Ids that are kept in memory: worth a transaction. */
const GATHERED_ENTRIES = 20_000;
/** Entries that are copied together. */
export const PAGE_ROWS = 10_000;

/** A millisecond of a stream. */
export interface Place {
  stream: string;
  timestampMs: number;
}

type Listed = Pick<EntryKey, 'id' | 'bytes'>;

/**
 * The entries of the source that are missing in the target: ids, in a temporary table, however many there are. It is the
 * writer's of the staged generation, which belongs to nobody else; the file does not know of it, whatever happens.
 */
export class MissingList {
  private gathered: Listed[] = [];

  private constructor(private readonly staged: StagedGeneration) {}

  /** Makes an empty one. */
  static async create(staged: StagedGeneration): Promise<MissingList> {
    await staged.write((manager) =>
      manager.query(
        'CREATE TEMP TABLE missing_entry (id INTEGER PRIMARY KEY, bytes INTEGER NOT NULL) STRICT',
      ),
    );
    return new MissingList(staged);
  }

  async add(keys: EntryKey[]): Promise<void> {
    for (const { id, bytes } of keys) this.gathered.push({ id, bytes });
    if (this.gathered.length >= GATHERED_ENTRIES) await this.flush();
  }

  /** What was added, by id, which is the order of storing: no more at a time than fits the memory of a page. */
  async *pages(): AsyncGenerator<number[]> {
    await this.flush();
    for (let lastId = 0; ;) {
      const listed = await this.behind(lastId);
      if (listed.length === 0) return;
      for (let rest = listed; rest.length > 0;) {
        const page = withinBytes(rest.slice(0, PAGE_ROWS), PAGE_BYTES);
        yield page.map(({ id }) => id);
        rest = rest.slice(page.length);
      }
      lastId = listed.at(-1)!.id;
    }
  }

  /** Whether one of these places has something that is missing. */
  async hasSomeAt(places: Place[]): Promise<boolean> {
    if (places.length === 0) return false;
    await this.flush();
    const some = await this.staged.write((manager) =>
      manager.query<unknown[]>(
        `SELECT 1 FROM json_each(?) AS place JOIN stream ON stream.name = place.value ->> 'stream'
           JOIN entry ON entry.stream_id = stream.id AND entry.timestamp_ms = place.value ->> 'timestampMs'
           JOIN temp.missing_entry ON missing_entry.id = entry.id
         LIMIT 1`,
        [JSON.stringify(places)],
      ),
    );
    return some.length > 0;
  }

  /** Never fails: what was done with the list counts, and it goes with the connection. */
  async drop(): Promise<void> {
    await this.staged
      .write((manager) => manager.query('DROP TABLE temp.missing_entry'))
      .catch(() => undefined);
  }

  private behind(lastId: number): Promise<Listed[]> {
    return this.staged.write((manager) =>
      manager.query<Listed[]>(
        `SELECT id, bytes FROM temp.missing_entry WHERE id > ? ORDER BY id LIMIT ${GATHERED_ENTRIES}`,
        [lastId],
      ),
    );
  }

  private async flush(): Promise<void> {
    const list = JSON.stringify(this.gathered.map(({ id, bytes }) => [id, bytes]));
    this.gathered = [];
    await this.staged.write((manager) =>
      manager.query(
        'INSERT INTO temp.missing_entry (id, bytes) SELECT value ->> 0, value ->> 1 FROM json_each(?)',
        [list],
      ),
    );
  }
}
