import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SqliteConnection } from '../sqlite/sqlite-connection.js';

/**
 * Keeps a second server off a data folder. SQLite's own file lock serves: the system releases it when the process
 * ends, however it ends, so that there is never a stale lock to remove by hand.
 */
export class DirectoryLock {
  private constructor(private readonly connection: SqliteConnection) {}

  /** @throws Error that names the folder and, where it can be told, the server that holds it. */
  static async acquire(directory: string): Promise<DirectoryLock> {
    const ownerFile = join(directory, 'server.pid');
    const connection = await SqliteConnection.open(join(directory, 'server.lock'), 'create');
    try {
      await connection.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    } catch (cause) {
      await connection.close();
      const owner = await readFile(ownerFile, 'utf8').catch(() => 'of unknown number');
      throw new Error(
        `the data folder ${directory} is in use by another server (process ${owner.trim()}): ` +
          'stop it, or give this one a folder of its own with FLOWG_DATA_DIR',
        { cause },
      );
    }
    await writeFile(ownerFile, `${process.pid}\n`, { mode: 0o600 });
    return new DirectoryLock(connection);
  }

  release(): Promise<void> {
    return this.connection.close();
  }
}
