import type { OnApplicationShutdown } from '@nestjs/common';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '../problems.js';
import type { DatabaseDefinition } from './database-definition.js';
import type { DatabaseName, RestorableName, Snapshot } from './database.js';
import { GenerationSwitch } from './generation-switch.js';
import { requireSpace } from './disk-space.js';
import { DirectoryLock } from './generations/directory-lock.js';
import { GenerationFiles, syncDirectory } from './generations/generation-files.js';
import { PointerFile } from './generations/pointer-file.js';
import { keptGenerations, type UndoLimits } from './generations/replaced-states.js';
import { expectedSchemas } from './portable-file/expected-schema.js';
import { SqliteDatabase } from './sqlite/sqlite-database.js';
import type { SnapshotLimits } from './sqlite/sqlite-snapshot.js';
import { requireTrustedSqlite } from './sqlite/sqlite-version.js';
import { takeSnapshots } from './sqlite/take-snapshots.js';

export interface DatabaseLimits extends UndoLimits {
  walBudgetBytes: number;
  diskReserveBytes: number;
}

/**
 * All databases of this server, opened one by one by the modules that own them, switched together, closed together.
 * Only `backup/` and `management/` look at more than one.
 */
export class Databases implements OnApplicationShutdown {
  /** What makes other generations the live ones. */
  readonly generations: GenerationSwitch;
  private readonly opened = new Map<DatabaseName, SqliteDatabase>();
  private readonly locks: DirectoryLock[] = [];

  private constructor(
    private readonly pointer: PointerFile,
    private readonly limits: DatabaseLimits,
  ) {
    this.generations = new GenerationSwitch(pointer, limits, (name) => this.opened.get(name));
  }

  /**
   * Takes possession of the data folder.
   * @throws Error when another server has it, when SQLite is too old, or when `current.json` is damaged or missing.
   */
  static async create(
    dataDir: string,
    databaseDirs: Record<DatabaseName, string>,
    limits: DatabaseLimits,
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
        await pointer.change((state) => state);
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
    const { name } = definition;
    const number = this.pointer.state.live[name];
    if (number !== undefined && !(await files.list()).includes(number)) {
      throw new Error(
        `${files.pathOf(number)} is missing, which ${this.pointer.path} names as the live ${name} database: ` +
          'put the file back',
      );
    }
    const kept = keptGenerations(this.pointer.state, name as RestorableName);
    await files.removeStrays(number === undefined ? kept : [number, ...kept]);
    const schemas = await expectedSchemas(definition);
    const database = await SqliteDatabase.open(
      definition,
      files,
      schemas,
      this.snapshotLimits(),
      number ?? 1,
    );
    if (number === undefined) {
      await syncDirectory(files.directory);
      await this.pointer.change((state) => ({
        ...state,
        live: { ...state.live, [name]: database.generation },
      }));
    }
    this.opened.set(name, database);
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
   * What restores replaced is kept only while nobody needs its room.
   * @throws Problem INSUFFICIENT_STORAGE unless so many bytes, and the reserve, fit into the folder.
   */
  async requireRoom(folder: string, bytes: number): Promise<void> {
    const { diskReserveBytes } = this.limits;
    try {
      await requireSpace(folder, bytes, diskReserveBytes);
    } catch {
      // On a disk that is full to the last byte not even that can be written down.
      await this.generations.forgetAll().catch(() => undefined);
      await this.generations.settle();
      await requireSpace(folder, bytes, diskReserveBytes);
    }
  }

  /** One instant of all databases that are named, in their order: nothing is written to any of them between the pins. */
  snapshots(names: readonly RestorableName[]): Promise<Snapshot[]> {
    return takeSnapshots(names.map((name) => this.get(name)));
  }

  async onApplicationShutdown(): Promise<void> {
    const open = this.all();
    this.opened.clear();
    await Promise.all(open.map((database) => database.close()));
    await this.generations.settle();
    for (const lock of this.locks.splice(0)) await lock.release();
  }

  private snapshotLimits(): SnapshotLimits {
    const { walBudgetBytes } = this.limits;
    return { walBudgetBytes, requireRoom: (folder, bytes) => this.requireRoom(folder, bytes) };
  }

  private async possess(folders: Iterable<string>): Promise<void> {
    for (const folder of folders) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      this.locks.push(await DirectoryLock.acquire(folder));
    }
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
