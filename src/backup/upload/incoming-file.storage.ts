import type { Request } from 'express';
import type { StorageEngine } from 'multer';
import { createHash, type Hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PortableFile } from '../../database/database.js';
import { requireSpace } from '../../database/disk-space.js';
import {
  type FileHeader,
  HEADER_BYTES,
  readHeader,
  requireSize,
} from '../../database/portable-file/file-header.js';
import type { SqliteDatabase } from '../../database/sqlite/sqlite-database.js';
import { failpoint } from '../../failpoints.js';

/**
 * Where multer puts the file: straight into the folder of the database that it is for, hashed as it comes, synced to
 * disk at the end. The first 100 bytes already tell what it claims to be and how long it will be, so most wrong files,
 * and those that do not fit the disk, are refused before the rest is received.
 */
export class IncomingFileStorage implements StorageEngine {
  constructor(
    private readonly database: SqliteDatabase,
    private readonly diskReserveBytes: number,
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
    const received = { bytes: 0, hash: createHash('sha256') };
    try {
      await pipeline(
        stream,
        (chunks: AsyncIterable<Buffer>) => this.judged(chunks, received),
        createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }),
      );
      await failpoint('restore.received');
      return { path, bytes: received.bytes, sha256: received.hash.digest('hex') };
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
  }

  private async *judged(
    chunks: AsyncIterable<Buffer>,
    received: { bytes: number; hash: Hash },
  ): AsyncGenerator<Buffer> {
    let head = Buffer.alloc(0);
    let header: FileHeader | undefined;
    for await (const chunk of chunks) {
      await failpoint('restore.receiving');
      received.hash.update(chunk);
      received.bytes += chunk.length;
      if (!header) {
        head = Buffer.concat([head, chunk]);
        if (head.length >= HEADER_BYTES) header = await this.judge(head);
      }
      // Too short can only be told at the end, too long at once.
      if (header && received.bytes > header.expectedBytes) requireSize(header, received.bytes);
      yield chunk;
    }
    if (!header && received.bytes > 0) await this.judge(head);
  }

  private async judge(head: Buffer): Promise<FileHeader> {
    const { name, newestVersion, directory } = this.database;
    const header = readHeader(head, { database: name, newestVersion });
    await requireSpace(directory, header.expectedBytes, this.diskReserveBytes);
    return header;
  }
}
