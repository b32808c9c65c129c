import sqlite3 from 'sqlite3';

/** A raw connection with promises, for what TypeORM has no words for: checkpoints, pins, copies, checks. */
export class SqliteConnection {
  private constructor(private readonly handle: sqlite3.Database) {}

  /** Never waits for a lock: what is busy is an error at once. @param mode `create`: made where it does not exist. */
  static open(file: string, mode: 'readonly' | 'readwrite' | 'create'): Promise<SqliteConnection> {
    const flags = {
      readonly: sqlite3.OPEN_READONLY,
      readwrite: sqlite3.OPEN_READWRITE,
      create: sqlite3.OPEN_READWRITE | sqlite3.OPEN_CREATE,
    }[mode];
    return new Promise((resolve, reject) => {
      const handle = new sqlite3.Database(file, flags, (error) => {
        if (error) return reject(error);
        handle.configure('busyTimeout', 0);
        resolve(new SqliteConnection(handle));
      });
    });
  }

  all<Row = Record<string, unknown>>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return new Promise((resolve, reject) => {
      this.handle.all<Row>(sql, parameters, (error, rows) => (error ? reject(error) : resolve(rows)));
    });
  }

  exec(sql: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.handle.exec(sql, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Copies the database as this connection sees it, `pages` at a time, into a file that does not exist yet. */
  async copyTo(file: string, pages: number): Promise<void> {
    const backup = await new Promise<sqlite3.Backup>((resolve, reject) => {
      const started: sqlite3.Backup = this.handle.backup(file, (error) =>
        error ? reject(error) : resolve(started),
      );
    });
    try {
      while (!backup.completed) {
        await new Promise<void>((resolve, reject) => {
          backup.step(pages, (error) => (error ? reject(error) : resolve()));
        });
        // A failed start gives no error of its own: the flag is the only sign.
        if (backup.failed) throw Object.assign(new Error('the copy failed'), { code: 'SQLITE_IOERR' });
      }
    } finally {
      await new Promise<void>((resolve) => backup.finish(() => resolve()));
    }
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.handle.close((error) => (error ? reject(error) : resolve()));
    });
  }
}
