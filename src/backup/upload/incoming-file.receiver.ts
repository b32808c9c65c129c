import { open, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PortableFile } from '../../database/database.js';
import type { SqliteDatabase } from '../../database/sqlite/sqlite-database.js';
import { failpoint } from '../../failpoints.js';
import { type MakeRoom, UploadJudge } from './upload-judge.js';
import type { UploadReceiver } from './upload-receiver.js';
import { writingTo } from './writing-to.js';

/**
 * Puts the file of an upload straight into the folder of the database that it is for, judged and hashed as it comes, synced
 * to disk at the end.
 */
export class IncomingFileReceiver implements UploadReceiver<PortableFile> {
  constructor(
    private readonly database: SqliteDatabase,
    private readonly makeRoom: MakeRoom,
  ) {}

  async receive(stream: Readable, signal: AbortSignal): Promise<PortableFile> {
    const path = this.database.incomingPath();
    const judge = new UploadJudge(this.database, this.makeRoom);
    // Not a stream that opens its file by itself: that may still create it after it has been given up and removed.
    const file = await open(path, 'wx', 0o600);
    try {
      await pipeline(stream, judge, writingTo(file), { signal });
      await file.sync();
      await failpoint('restore.received');
      return { path, bytes: judge.bytes, sha256: await judge.sha256() };
    } catch (error) {
      await judge.giveUp();
      await rm(path, { force: true });
      throw error;
    } finally {
      await file.close();
    }
  }

  async remove({ path }: PortableFile): Promise<void> {
    await rm(path, { force: true });
  }
}
