import type { Request } from 'express';
import type { StorageEngine } from 'multer';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { type Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PortableFile } from '../../database/database.js';
import type { SqliteDatabase } from '../../database/sqlite/sqlite-database.js';
import { failpoint } from '../../failpoints.js';
import { UploadJudge } from './upload-judge.js';

/**
 * Where multer puts the file: straight into the folder of the database that it is for, judged and hashed as it comes,
 * synced to disk at the end.
 */
export class IncomingFileStorage implements StorageEngine {
  constructor(
    private readonly database: SqliteDatabase,
    private readonly diskReserveBytes: number,
    /** Ends the reception early. */
    private readonly signal: AbortSignal,
    /** Told at once; multer itself reports an error only when it has drained the rest of the request. */
    private readonly onRefusal: (error: unknown) => void,
  ) {}

  _handleFile(
    _request: Request,
    file: Express.Multer.File,
    done: (error?: unknown, info?: Partial<Express.Multer.File>) => void,
  ): void {
    void this.receive(file.stream).then(
      (received) => done(null, received as Partial<Express.Multer.File>),
      (error: unknown) => {
        this.onRefusal(error);
        done(error);
      },
    );
  }

  _removeFile(_request: Request, file: Express.Multer.File, done: (error: Error | null) => void): void {
    void rm(file.path, { force: true }).then(() => done(null), done);
  }

  private async receive(stream: Readable): Promise<PortableFile> {
    const path = this.database.incomingPath();
    const judge = new UploadJudge(this.database, this.diskReserveBytes);
    // Not a stream that opens its file by itself: that may still create it after it has been given up and removed.
    const file = await open(path, 'wx', 0o600);
    try {
      await pipeline(stream, judge, writingTo(file), { signal: this.signal });
      await file.sync();
      await failpoint('restore.received');
      // The file has come, the end of the form may not: multer then never finishes, and nobody takes the file.
      this.signal.throwIfAborted();
      this.signal.addEventListener('abort', () => void rm(path, { force: true }).catch(() => undefined));
      return { path, bytes: judge.bytes, sha256: judge.sha256() };
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      await file.close();
    }
  }
}

/** Writes each chunk as a whole: a plain `write` to a full disk may stop short of the end without an error. */
function writingTo(file: FileHandle): Writable {
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => void file.appendFile(chunk).then(() => done(), done),
  });
}
