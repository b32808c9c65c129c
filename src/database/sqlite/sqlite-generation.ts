import { type FileHandle, open, stat } from 'node:fs/promises';
import type { DataSource, EntityManager } from 'typeorm';
import type { DatabaseDefinition } from '../database-definition.js';
import type { HeldGeneration } from '../database.js';
import { asStorageProblem } from '../disk-space.js';
import { ReaderPool } from './reader-pool.js';
import { SqliteConnection } from './sqlite-connection.js';
import { execute, openReader, openWriter } from './sqlite-data-source.js';

/**
 * One complete database on disk, open: a writer, readers, a connection for checkpoints, and a descriptor of the file.
 *
 * The descriptor lives exactly as long as the connections. POSIX drops a process's locks on a file when the process
 * closes *any* descriptor of it, so a file that is opened and closed beside SQLite silently loses SQLite's locks.
 */
export class SqliteGeneration {
  private holders = 0;
  private pins = 0;
  private retired?: (left: boolean) => void;

  private constructor(
    readonly number: number,
    readonly path: string,
    readonly writer: DataSource,
    private readonly readers: ReaderPool,
    private readonly checkpointer: SqliteConnection,
    readonly file: FileHandle,
  ) {}

  static async open(number: number, path: string, definition: DatabaseDefinition): Promise<SqliteGeneration> {
    const writer = await openWriter(path, definition);
    let checkpointer: SqliteConnection | undefined;
    try {
      checkpointer = await SqliteConnection.open(path, 'readwrite');
      const readers = new ReaderPool(() => openReader(path, definition), definition.readers);
      return new SqliteGeneration(number, path, writer, readers, checkpointer, await open(path, 'r'));
    } catch (error) {
      await checkpointer?.close();
      await writer.destroy();
      throw error;
    }
  }

  read<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.holding(() => this.readers.read(work));
  }

  /**
   * The caller holds the write queue of the database.
   * @throws Problem INSUFFICIENT_STORAGE when the disk is full, whatever `work` throws otherwise.
   */
  write<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.transaction(async () => {
      await execute(this.writer, 'BEGIN IMMEDIATE');
      const result = await work(this.writer.manager);
      await execute(this.writer, 'COMMIT');
      return result;
    });
  }

  /** The caller holds the write queue of the database. @param sql one statement or several. */
  writeScript(sql: string): Promise<void> {
    return this.transaction(() => execute(this.writer, `BEGIN IMMEDIATE;${sql};COMMIT`));
  }

  hold(): HeldGeneration {
    let released = false;
    this.holders++;
    return {
      read: (work) => this.readers.read(work),
      release: () => {
        if (released) return;
        released = true;
        this.letGo();
      },
    };
  }

  /** Bytes in the write-ahead log. */
  async walBytes(): Promise<number> {
    try {
      return (await stat(`${this.path}-wal`)).size;
    } catch {
      return 0;
    }
  }

  /**
   * Moves the write-ahead log into the main file and empties it.
   * @returns false when a reader of an older state is in the way.
   */
  async checkpoint(): Promise<boolean> {
    await this.readers.ended();
    const [row] = await this.checkpointer.all<{ busy: number }>('PRAGMA wal_checkpoint(TRUNCATE)');
    return row?.busy === 0;
  }

  /** Moves what it can of the write-ahead log into the main file, in nobody's way. @returns pages that are left. */
  moveLog(): Promise<number> {
    return this.pagesLeftBy('PRAGMA wal_checkpoint(PASSIVE)');
  }

  /** Pages in the write-ahead log that are not in the main file yet. */
  pagesInLog(): Promise<number> {
    return this.pagesLeftBy('PRAGMA wal_checkpoint(NOOP)');
  }

  /** Snapshots that are read from here: while there is one, a checkpoint does not get far. */
  get pinnedSnapshots(): number {
    return this.pins;
  }

  /** A connection for `pin`, opened beforehand so that the pause of the writers is short. */
  openPin(): Promise<SqliteConnection> {
    return SqliteConnection.open(this.path, 'readonly');
  }

  /** Pins the last committed state: the first read of a transaction, not its beginning, takes the instant. */
  async pin(connection: SqliteConnection): Promise<void> {
    await connection.exec('BEGIN; SELECT count(*) FROM sqlite_schema');
    this.pins++;
    this.holders++;
  }

  async unpin(connection: SqliteConnection): Promise<void> {
    await connection.close();
    this.pins--;
    this.letGo();
  }

  /**
   * Closes once the last holder has let go. The write queue of the database no longer leads here.
   * @returns false when it was revived before that.
   */
  async retire(): Promise<boolean> {
    if (this.holders > 0) {
      const left = await new Promise<boolean>((resolve) => (this.retired = resolve));
      if (!left) return false;
    }
    await this.close();
    return true;
  }

  /**
   * Takes back a `retire` that still waits. To open the file a second time beside it would not do: the descriptor that is
   * closed first takes SQLite's locks with it.
   * @returns false when it is too late.
   */
  revive(): boolean {
    const settle = this.retired;
    this.retired = undefined;
    settle?.(false);
    return settle !== undefined;
  }

  /** Closes now. SQLite first, the descriptor last: see the note on locks above. */
  async close(): Promise<void> {
    await this.readers.close();
    await this.checkpointer.close();
    await this.writer.destroy();
    await this.file.close();
  }

  private async pagesLeftBy(pragma: string): Promise<number> {
    const [row] = await this.checkpointer.all<{ log: number; checkpointed: number }>(pragma);
    return row!.log - row!.checkpointed;
  }

  private transaction<T>(task: () => Promise<T>): Promise<T> {
    return this.holding(async () => {
      try {
        return await task();
      } catch (error) {
        // SQLite has rolled back by itself after some errors (full disk): then there is nothing left to undo.
        await execute(this.writer, 'ROLLBACK').catch(() => undefined);
        throw asStorageProblem(error);
      }
    });
  }

  private async holding<T>(task: () => Promise<T>): Promise<T> {
    this.holders++;
    try {
      return await task();
    } finally {
      this.letGo();
    }
  }

  private letGo(): void {
    this.holders--;
    if (this.holders > 0) return;
    this.retired?.(true);
    this.retired = undefined;
  }
}
