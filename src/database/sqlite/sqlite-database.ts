import { Logger } from '@nestjs/common';
import { rename, rm } from 'node:fs/promises';
import type { EntityManager } from 'typeorm';
import { failpoint } from '../../failpoints.js';
import type { DatabaseDefinition } from '../database-definition.js';
import { Database, type HeldGeneration, type PortableFile, type Snapshot } from '../database.js';
import { type GenerationFiles, syncDirectory } from '../generations/generation-files.js';
import { checkFile } from '../portable-file/check-file.js';
import type { ExpectedSchema } from '../portable-file/schema-listing.js';
import { manifestBy, manifestScript } from '../portable-file/manifest-table.js';
import { SerialQueue } from '../serial-queue.js';
import { Checkpoints } from './checkpoints.js';
import { migrate, schemaVersionOf } from './migrate.js';
import { PreparedPin } from './prepared-pin.js';
import { RetiredGenerations } from './retired-generations.js';
import { SqliteGeneration } from './sqlite-generation.js';
import { copiedSnapshot, liveSnapshot, type SnapshotLimits } from './sqlite-snapshot.js';
import { SqliteStagedGeneration } from './staged-generation.js';
import { takeSnapshots } from './take-snapshots.js';

/** Room that opening a staged file needs besides its own bytes: write-ahead log and shared memory. */
const STAGING_BYTES = 4 * 1024 * 1024;

/** One database on SQLite: one writer behind a queue, readers beside it, generations that a restore exchanges. */
export class SqliteDatabase extends Database {
  private readonly log = new Logger('Databases');
  private readonly writes = new SerialQueue();
  /** One copy at a time: each looks at the free space that the one before has left. */
  private readonly copies = new SerialQueue();
  private readonly retired: RetiredGenerations;
  private readonly checkpoints = new Checkpoints((task) => this.holdWrites(task));
  private lastNumber = 0;
  private changes = 0;

  private constructor(
    private readonly definition: DatabaseDefinition,
    private readonly files: GenerationFiles,
    private readonly schemas: ExpectedSchema[],
    private readonly limits: SnapshotLimits,
    private live: SqliteGeneration,
    highestNumber: number,
  ) {
    super();
    this.retired = new RetiredGenerations(files);
    this.lastNumber = highestNumber;
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
      const highest = (await files.list()).at(-1)!;
      return new SqliteDatabase(definition, files, schemas, limits, generation, highest);
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

  /** Backups that are read from the live generation, and hold back its write-ahead log. */
  get pinnedSnapshots(): number {
    return this.live.pinnedSnapshots;
  }

  walBytes(): Promise<number> {
    return this.live.walBytes();
  }

  read<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.live.read(work);
  }

  write<T>(work: (manager: EntityManager, next: number) => Promise<T>): Promise<T> {
    return this.writes.run(async () => {
      const result = await this.live.write((manager) => work(manager, this.changes + 1));
      this.committed();
      return result;
    });
  }

  writeScript(script: (revision: number, next: number) => string | undefined): Promise<boolean> {
    return this.writes.run(async () => {
      const sql = script(this.changes, this.changes + 1);
      if (sql === undefined) return false;
      await this.live.writeScript(sql);
      this.committed();
      return true;
    });
  }

  writeUnseen(script: () => string): Promise<void> {
    return this.writes.runInLull(async () => {
      await this.live.writeScript(script());
      this.checkpoints.noteCommit(this.live);
    });
  }

  hold(): Promise<HeldGeneration> {
    return Promise.resolve(this.live.hold());
  }

  /** The steps are at `takeSnapshots`. */
  async snapshot(): Promise<Snapshot> {
    const [snapshot] = await takeSnapshots([this]);
    return snapshot!;
  }

  /** The first step of a snapshot, before the writes are held. */
  preparePin(): Promise<PreparedPin> {
    const generation = this.live;
    return PreparedPin.prepare(generation, {
      isLive: () => generation === this.live,
      writeManifest: (instant) => generation.writeScript(manifestScript(this.definition, instant)),
      streamed: (pin) => liveSnapshot(pin, this.files, this.limits),
      copied: (pin) => this.copies.run(() => copiedSnapshot(pin, this.files, this.limits)),
    });
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
      await this.limits.requireRoom(this.directory, growth + STAGING_BYTES);
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
  retire(old: SqliteGeneration, keepFile: boolean): Promise<void> {
    return this.retired.retire(old, keepFile);
  }

  /** Removes what a restore replaced, as soon as nobody reads it. */
  forget(number: number): Promise<void> {
    return this.retired.forget(number);
  }

  /**
   * A generation that a restore replaced, to be made live again: brought to the newest version where needed.
   * @param instantMs when it was live last, Unix milliseconds.
   */
  async reopen(number: number, instantMs: number): Promise<SqliteStagedGeneration> {
    const generation =
      (await this.retired.takeBack(number)) ??
      (await SqliteGeneration.open(number, this.files.pathOf(number), this.definition));
    const putAway = async () => void this.retired.retire(generation, true).catch(() => undefined);
    try {
      await migrate(generation.writer, this.definition);
      await generation.writeScript(manifestScript(this.definition, new Date(instantMs)));
      const manifest = await generation.read((manager) => manifestBy((sql) => manager.query(sql)));
      return new SqliteStagedGeneration(generation, { manifest, rows: manifest.rows }, this.name, putAway);
    } catch (error) {
      await putAway();
      throw error;
    }
  }

  /** Leaves a file at rest that is a portable file by itself: manifest up to date, no write-ahead log. */
  async close(): Promise<void> {
    await this.writes.run(async () => {
      await this.live.writeScript(manifestScript(this.definition, new Date()));
      await this.live.checkpoint();
      await this.live.close();
    });
  }

  /** Never fails: whatever it was made for has ended by now, well or badly, and the next start removes what is left. */
  private async remove(generation: SqliteGeneration): Promise<void> {
    try {
      await generation.close();
      await this.files.removeGeneration(generation.number);
    } catch (error) {
      this.log.warn(
        `generation ${generation.number} of ${this.name} is left for the next start: ${String(error)}`,
      );
    }
  }

  private committed(): void {
    this.changes++;
    this.checkpoints.noteCommit(this.live);
  }
}
