import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { failpoint } from '../failpoints.js';
import { Problem } from '../problems.js';
import type { DatabaseDefinition } from './database-definition.js';
import type { DatabaseName } from './database.js';
import { DirectoryLock } from './generations/directory-lock.js';
import { GenerationFiles, syncDirectory } from './generations/generation-files.js';
import { PointerFile } from './generations/pointer-file.js';
import { expectedSchemas } from './portable-file/expected-schema.js';
import { SqliteDatabase } from './sqlite/sqlite-database.js';
import type { SqliteGeneration } from './sqlite/sqlite-generation.js';
import type { SnapshotLimits } from './sqlite/sqlite-snapshot.js';
import { requireTrustedSqlite } from './sqlite/sqlite-version.js';
import type { SqliteStagedGeneration } from './sqlite/staged-generation.js';

/**
 * All databases of this server, opened one by one by the modules that own them, switched together, closed together.
 * Only `backup/` and `management/` look at more than one.
 */
export class Databases implements OnApplicationShutdown {
  private readonly log = new Logger('Databases');
  private readonly opened = new Map<DatabaseName, SqliteDatabase>();
  private readonly locks: DirectoryLock[] = [];
  private readonly retiring = new Set<Promise<void>>();

  private constructor(
    private readonly pointer: PointerFile,
    private readonly limits: SnapshotLimits,
  ) {}

  /**
   * Takes possession of the data folder.
   * @throws Error when another server has it, when SQLite is too old, or when `current.json` is damaged or missing.
   */
  static async create(
    dataDir: string,
    databaseDirs: Record<DatabaseName, string>,
    limits: SnapshotLimits,
  ): Promise<Databases> {
    await requireTrustedSqlite();
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const pointer = new PointerFile(join(dataDir, 'current.json'));
    const databases = new Databases(pointer, limits);
    for (const directory of new Set([dataDir, ...Object.values(databaseDirs)])) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      databases.locks.push(await DirectoryLock.acquire(directory));
    }
    if (!(await pointer.load())) {
      for (const directory of Object.values(databaseDirs))
        await requireNoGenerations(directory, pointer.path);
      // From here on an unnamed generation is a stray, so that a crash during the very first start heals.
      await pointer.change({});
    }
    return databases;
  }

  /** Opens a database, made anew on a fresh data folder. @throws Error when its live generation is missing. */
  async open(definition: DatabaseDefinition): Promise<SqliteDatabase> {
    const files = new GenerationFiles(definition.directory);
    const number = this.pointer.live(definition.name);
    if (number !== undefined && !(await files.list()).includes(number)) {
      throw new Error(
        `${files.pathOf(number)} is missing, which ${this.pointer.path} names as the live ${definition.name} ` +
          'database: put the file back',
      );
    }
    await files.removeStrays(number);
    const schemas = await expectedSchemas(definition);
    const database = await SqliteDatabase.open(definition, files, schemas, this.limits, number ?? 1);
    if (number === undefined) {
      await syncDirectory(files.directory);
      await this.pointer.change({ [definition.name]: database.generation });
    }
    this.opened.set(definition.name, database);
    return database;
  }

  get(name: DatabaseName): SqliteDatabase {
    const database = this.opened.get(name);
    if (!database) throw new Problem('UNAVAILABLE', `the ${name} database is not open`);
    return database;
  }

  all(): SqliteDatabase[] {
    return [...this.opened.values()];
  }

  /**
   * The switch: staged generations become the live ones, all at once or none. Writers wait for it (milliseconds),
   * readers in flight finish on what they began with.
   */
  async activate(staged: SqliteStagedGeneration[]): Promise<void> {
    await this.holdingWrites(staged, async () => {
      await failpoint('restore.writes-held');
      const durable = await this.pointer.change(
        Object.fromEntries(staged.map(({ database, number }) => [database, number])),
      );
      for (const one of staged) {
        one.markActivated();
        const database = this.get(one.database);
        this.retire(database, database.exchange(one.generation), !durable);
      }
    });
    await failpoint('restore.switched');
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.all().map((database) => database.close()));
    await Promise.race([Promise.allSettled(this.retiring), new Promise((done) => setTimeout(done, 1000))]);
    for (const lock of this.locks) await lock.release();
  }

  private holdingWrites(staged: SqliteStagedGeneration[], task: () => Promise<void>): Promise<void> {
    return staged
      .map(({ database }) => this.get(database))
      .toSorted((a, b) => a.name.localeCompare(b.name))
      .reduceRight<() => Promise<void>>((inner, database) => () => database.holdWrites(inner), task)();
  }

  private retire(database: SqliteDatabase, old: SqliteGeneration, keepFiles: boolean): void {
    const retiring = database
      .retire(old, keepFiles)
      .catch((error: Error) => this.log.error(`cannot close the old ${database.name} database`, error.stack))
      .finally(() => this.retiring.delete(retiring));
    this.retiring.add(retiring);
  }
}

/** A lost pointer must not look like a first start, which would remove every generation as a stray. */
async function requireNoGenerations(directory: string, pointerPath: string): Promise<void> {
  const files = new GenerationFiles(directory);
  const newest = (await files.list()).at(-1);
  if (newest === undefined) return;
  throw new Error(
    `${pointerPath} is missing, but ${files.pathOf(newest)} is there: put the file back that says which generation ` +
      'of each database is the live one; nothing was changed',
  );
}
