import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
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

const RETIRE_PATIENCE_MILLISECONDS = 1000;

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
    const pointer = new PointerFile(join(dataDir, 'current.json'));
    const databases = new Databases(pointer, limits);
    try {
      const folders = Object.values(databaseDirs);
      requireOwnFolders(folders);
      await databases.possess(new Set([dataDir, ...folders]));
      if (!(await pointer.load())) {
        for (const folder of folders) await requireNoGenerations(folder, pointer.path);
        // From here on an unnamed generation is a stray, so that a crash during the very first start heals.
        await pointer.change({});
      }
      return databases;
    } catch (error) {
      await databases.onApplicationShutdown();
      throw error;
    }
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
      // Looked up before: a stop meanwhile must not come between the pointer and what follows from it.
      const switches = staged.map((one) => ({ one, database: this.get(one.database) }));
      const durable = await this.pointer.change(
        Object.fromEntries(staged.map(({ database, number }) => [database, number])),
      );
      for (const { one, database } of switches) {
        one.markActivated();
        this.retire(database, database.exchange(one.generation), !durable);
      }
    });
    await failpoint('restore.switched');
  }

  async onApplicationShutdown(): Promise<void> {
    const open = this.all();
    this.opened.clear();
    await Promise.all(open.map((database) => database.close()));
    // Somebody may still read an old generation; the process ends with them, and the next start removes the file.
    await Promise.race([Promise.allSettled(this.retiring), sleep(RETIRE_PATIENCE_MILLISECONDS)]);
    for (const lock of this.locks.splice(0)) await lock.release();
  }

  private async possess(folders: Iterable<string>): Promise<void> {
    for (const folder of folders) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      this.locks.push(await DirectoryLock.acquire(folder));
    }
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

/** In one folder each database would remove the generations of the other as strays. Other names of one folder meet at its lock. */
function requireOwnFolders(folders: string[]): void {
  const shared = folders.find((folder, index) => folders.indexOf(folder) < index);
  if (shared !== undefined)
    throw new Error(
      `two databases are to lie in ${shared}: give each a folder of its own; nothing was changed`,
    );
}
