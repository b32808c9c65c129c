import { SqliteConnection } from '../../database/sqlite/sqlite-connection.js';
import { withinBytes } from '../../logs/entries/within-bytes.js';
import type { KeyValue } from './badger/key-value.js';
import type { GrowingFile } from './growing-file.js';

/** Written, and read, in one piece. */
const BATCH_KEYS = 500;
const BATCH_BYTES = 8 * 1024 * 1024;
/** Larger than the default, because rows lie in the tree of the key. */
const PAGE_BYTES = 16 * 1024;
const CACHE_KIBIBYTES = 64 * 1024;
/** What a place takes in an index, with what the index needs for itself. */
const PLACE_BYTES = 16;

/** What is left of a key when all of its versions have been seen. */
export interface LiveKey {
  key: Buffer;
  value: Buffer;
  /** Unix milliseconds, 0 for never. */
  expiresMs: number;
}

interface Place {
  place: number;
  key: Buffer;
}

interface PlacedKey extends Place, KeyValue {}

const BEFORE_ALL: Place = { place: Number.MIN_SAFE_INTEGER, key: Buffer.from([0]) };
const LIVE = 'deleted = 0 AND (expires_ms = 0 OR expires_ms > ?)';

/**
 * The keys of a stream that is in no order, put into one, each with its newest version: a database on disk, so that it
 * may be larger than the memory. For the process that converts, which removes the file.
 */
export class SortedKeys {
  private batch: PlacedKey[] = [];
  private batchBytes = 0;
  /** What an index of all keys takes, roughly. */
  private keyBytes = 0;

  private constructor(
    private readonly connection: SqliteConnection,
    private readonly growth: GrowingFile,
  ) {}

  /** @param path of a file that does not exist yet. */
  static async create(path: string, growth: GrowingFile): Promise<SortedKeys> {
    const connection = await SqliteConnection.open(path, 'create');
    await connection.exec(
      `PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
       PRAGMA cache_size = -${CACHE_KIBIBYTES};
       CREATE TABLE item (key BLOB NOT NULL PRIMARY KEY, place INTEGER NOT NULL, version BLOB NOT NULL,
         deleted INTEGER NOT NULL, expires_ms INTEGER NOT NULL, value BLOB) WITHOUT ROWID;
       BEGIN`,
    );
    return new SortedKeys(connection, growth);
  }

  /** @param place keys come out by it first, and then by their bytes; always the same for the same key. */
  async add(place: number, pair: KeyValue): Promise<void> {
    this.batch.push({ place, ...pair });
    this.batchBytes += pair.key.length + pair.value.length;
    this.keyBytes += pair.key.length + PLACE_BYTES;
    if (this.batch.length >= BATCH_KEYS || this.batchBytes >= BATCH_BYTES) await this.flush();
  }

  /**
   * What is neither deleted nor expired, in pieces that fit the memory. To be asked for once, when everything is added: only
   * then the keys are put into the order of their places. They come in the order of their bytes, by and large, and a
   * tree that grows somewhere else each time would be read from the disk again and again.
   */
  async *live(nowMs: number): AsyncGenerator<LiveKey[]> {
    await this.flush();
    await this.growth.grow(this.keyBytes);
    await this.connection.exec('CREATE INDEX by_place ON item (place, key) WHERE deleted = 0');
    for (let last = BEFORE_ALL; ;) {
      const sizes = await this.connection.all<Place & { bytes: number }>(
        `SELECT place, key, length(key) + coalesce(length(value), 0) AS bytes FROM item
         WHERE (place, key) > (?, ?) AND ${LIVE} ORDER BY place, key LIMIT ${BATCH_KEYS}`,
        [last.place, last.key, nowMs],
      );
      const end = withinBytes(sizes, BATCH_BYTES).at(-1);
      if (!end) return;
      const rows = await this.connection.all<{ key: Buffer; value: Buffer | null; expiresMs: number }>(
        `SELECT key, value, expires_ms AS expiresMs FROM item
         WHERE (place, key) > (?, ?) AND (place, key) <= (?, ?) AND ${LIVE} ORDER BY place, key`,
        [last.place, last.key, end.place, end.key, nowMs],
      );
      // An empty value is bound as NULL.
      yield rows.map((row) => Object.assign(row, { value: row.value ?? Buffer.alloc(0) }));
      last = end;
    }
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  private async flush(): Promise<void> {
    const { batch } = this;
    if (batch.length === 0) return;
    await this.growth.grow(this.batchBytes);
    this.batch = [];
    this.batchBytes = 0;
    await this.connection.all(
      `INSERT INTO item (place, key, version, deleted, expires_ms, value)
       VALUES ${batch.map(() => '(?, ?, ?, ?, ?, ?)').join()}
       ON CONFLICT (key) DO UPDATE SET version = excluded.version, deleted = excluded.deleted,
         expires_ms = excluded.expires_ms, value = excluded.value
       WHERE excluded.version > item.version`,
      batch.flatMap(({ place, key, version, deleted, expiresAt, value }) => [
        place,
        key,
        version,
        Number(deleted),
        Math.min(expiresAt * 1000, Number.MAX_SAFE_INTEGER),
        deleted ? null : value,
      ]),
    );
  }
}
