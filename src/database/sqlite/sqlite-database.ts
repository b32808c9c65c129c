import { rename, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import { failpoint } from '../../failpoints.js';
import type { DatabaseDefinition } from '../database-definition.js';
import { Database, type HeldGeneration, type PortableFile, type Snapshot } from '../database.js';
import { requireSpace } from '../disk-space.js';
import { type GenerationFiles, syncDirectory } from '../generations/generation-files.js';
import { checkFile } from '../portable-file/check-file.js';
import type { ExpectedSchema } from '../portable-file/schema-listing.js';
import { writeManifest } from '../portable-file/manifest-table.js';
import { SerialQueue } from '../serial-queue.js';
import { migrate, schemaVersionOf } from './migrate.js';
import { SqliteGeneration } from './sqlite-generation.js';
import { copiedSnapshot, liveSnapshot, type Pin, type SnapshotLimits } from './sqlite-snapshot.js';
import { SqliteStagedGeneration } from './staged-generation.js';

/** How often, and how far apart, a snapshot tries to get its reader to mark 0 before it settles for a copy. */
const PIN_TRIES = 4;
const PIN_TRY_GAP_MILLISECONDS = 100;
/** How long, within one try, writers may be kept waiting for readers to finish. */
const READERS_PATIENCE_MILLISECONDS = 10;
/** A write-ahead log above this is cut as soon as readers allow. */
const WAL_BOUND_BYTES = 32 * 1024 * 1024;
const WAL_LOOK_MILLISECONDS = 1000;
/** Room that opening a staged file needs besides its own bytes: write-ahead log and shared memory. */
const STAGING_BYTES = 4 * 1024 * 1024;

/** One database on SQLite: one writer behind a queue, readers beside it, generations that a restore exchanges. */
export class SqliteDatabase extends Database {
  private readonly writes = new SerialQueue();
  /** One copy at a time: each looks at the free space that the one before has left. */
  private readonly copies = new SerialQueue();
  private lastNumber = 0;
  private changes = 0;
  private walLookedAt = 0;

  private constructor(
    private readonly definition: DatabaseDefinition,
    private readonly files: GenerationFiles,
    private readonly schemas: ExpectedSchema[],
    private readonly limits: SnapshotLimits,
    private live: SqliteGeneration,
  ) {
    super();
    this.lastNumber = live.number;
  }

  /**
   * Opens a generation as the live one, made anew or brought to the newest version where needed.
   * @throws Error when the file was written by a newer server.
   */
  static async open(
    definition: DatabaseDefinition,
    files: GenerationFiles,
    schemas: ExpectedSchema[],
    limits: SnapshotLimits,
    number: number,
  ): Promise<SqliteDatabase> {
    const generation = await SqliteGeneration.open(number, files.pathOf(number), definition);
    try {
      const version = await schemaVersionOf(generation.writer);
      if (version > schemas.length) {
        throw new Error(
          `the ${definition.name} database has schema version ${version}, this server knows versions up to ` +
            `${schemas.length}: start the newer server, or restore an older backup on a fresh data folder`,
        );
      }
      await migrate(generation.writer, definition);
      return new SqliteDatabase(definition, files, schemas, limits, generation);
    } catch (error) {
      await generation.close();
      throw error;
    }
  }

  get name() {
    return this.definition.name;
  }

  get generation(): number {
    return this.live.number;
  }

  get revision(): number {
    return this.changes;
  }

  /** Writes that wait for their turn. */
  get queueDepth(): number {
    return this.writes.depth;
  }

  walBytes(): Promise<number> {
    return this.live.walBytes();
  }

  read<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.live.read(work);
  }

  write<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.writes.run(async () => {
      const result = await this.live.write(work);
      this.changes++;
      // What is committed is committed: as after SQLite's own checkpoints, a failure shows where it matters, in a write.
      await this.boundWal().catch(() => undefined);
      return result;
    });
  }

  hold(): Promise<HeldGeneration> {
    return Promise.resolve(this.live.hold());
  }

  /**
   * 1. Under the write queue: write the manifest, move the write-ahead log into the main file, pin a reader.
   * 2. If the log is then empty the reader stands at mark 0 and the main file is frozen: stream it as it lies.
   * 3. If an older reader is in the way, let writers go on, wait a moment, try again.
   * 4. At last pin whatever there is and copy it out through the pinned reader.
   */
  async snapshot(): Promise<Snapshot> {
    for (let attempt = 1; ; attempt++) {
      const pinned = await this.tryToPin(attempt >= PIN_TRIES);
      if (pinned?.frozen) return liveSnapshot(pinned.pin, this.files, this.limits);
      if (pinned) return this.copies.run(() => copiedSnapshot(pinned.pin, this.files, this.limits));
      await sleep(PIN_TRY_GAP_MILLISECONDS);
    }
  }

  private async tryToPin(anyhow: boolean): Promise<{ pin: Pin; frozen: boolean } | undefined> {
    const generation = this.live;
    const held = generation.hold();
    const connection = await generation.openPin().catch((error: unknown) => {
      held.release();
      throw error;
    });
    let pinned = false;
    try {
      return await this.writes.run(async () => {
        if (generation !== this.live) return undefined;
        const manifest = await generation.write((manager) => writeManifest(manager, this.definition));
        const empty = await this.emptyWal(generation);
        if (!empty && !anyhow) return undefined;
        await generation.pin(connection);
        pinned = true;
        const frozen = empty && (await generation.walBytes()) === 0;
        return { pin: { generation, connection, manifest }, frozen };
      });
    } finally {
      if (!pinned) await connection.close();
      held.release();
    }
  }

  private async emptyWal(generation: SqliteGeneration): Promise<boolean> {
    const patience = Date.now() + READERS_PATIENCE_MILLISECONDS;
    while (!(await generation.checkpoint())) {
      if (generation.pinned || Date.now() > patience) return false;
      await sleep(1);
    }
    return true;
  }

  /** Where the next upload goes: the database's own folder, so that it becomes a generation by a rename. */
  incomingPath(): string {
    return this.files.temporaryPath('incoming');
  }

  get directory(): string {
    return this.files.directory;
  }

  get newestVersion(): number {
    return this.schemas.length;
  }

  /**
   * Makes a complete generation of a file that arrived, beside the live one: checks, migrations, sync to disk.
   * The file is consumed, whatever happens.
   * @throws FileRefusal when the file fails a check, Problem INSUFFICIENT_STORAGE when the disk is too small.
   */
  async stage(file: PortableFile): Promise<SqliteStagedGeneration> {
    const number = ++this.lastNumber;
    const path = this.files.pathOf(number);
    let generation: SqliteGeneration | undefined;
    try {
      const checked = await checkFile(file, this.definition, this.schemas);
      const growth = checked.manifest.schemaVersion < this.newestVersion ? file.bytes : 0;
      await requireSpace(this.directory, growth + STAGING_BYTES, this.limits.diskReserveBytes);
      await failpoint('restore.checked');
      await rename(file.path, path);
      generation = await SqliteGeneration.open(number, path, this.definition);
      await failpoint('restore.migrating');
      await migrate(generation.writer, this.definition);
      if (!(await generation.checkpoint()))
        throw new Error('a staged generation has a reader nobody knows of');
      await generation.file.sync();
      await syncDirectory(this.directory);
      await failpoint('restore.staged');
      return new SqliteStagedGeneration(generation, checked, this.name, () => this.remove(generation!));
    } catch (error) {
      await generation?.close();
      await this.files.removeGeneration(number);
      await rm(file.path, { force: true });
      throw error;
    }
  }

  /** Runs `task` while nothing writes and no snapshot is taken. */
  holdWrites<T>(task: () => Promise<T>): Promise<T> {
    return this.writes.run(task);
  }

  /** Exchanges what is behind the door. The caller holds the writes. @returns the generation that was live. */
  exchange(generation: SqliteGeneration): SqliteGeneration {
    const old = this.live;
    this.live = generation;
    this.changes++;
    return old;
  }

  /** Waits until nobody reads an old generation any more, then closes it and, unless told otherwise, removes it. */
  async retire(old: SqliteGeneration, keepFiles: boolean): Promise<void> {
    await old.retire();
    if (!keepFiles) await this.files.removeGeneration(old.number);
  }

  /** Leaves a file at rest that is a portable file by itself: manifest up to date, no write-ahead log. */
  async close(): Promise<void> {
    await this.writes.run(async () => {
      await this.live.write((manager) => writeManifest(manager, this.definition));
      await this.live.checkpoint();
      await this.live.close();
    });
  }

  private async remove(generation: SqliteGeneration): Promise<void> {
    await generation.close();
    await this.files.removeGeneration(generation.number);
  }

  private async boundWal(): Promise<void> {
    if (this.live.pinned || Date.now() - this.walLookedAt < WAL_LOOK_MILLISECONDS) return;
    this.walLookedAt = Date.now();
    if ((await this.live.walBytes()) > WAL_BOUND_BYTES) await this.live.checkpoint();
  }
}
