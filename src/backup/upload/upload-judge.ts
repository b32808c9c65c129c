import { Transform, type TransformCallback } from 'node:stream';
import {
  type FileHeader,
  HEADER_BYTES,
  readHeader,
  requireSize,
} from '../../database/portable-file/file-header.js';
import type { SqliteDatabase } from '../../database/sqlite/sqlite-database.js';
import { failpoint } from '../../failpoints.js';
import { type Sha256, sha256For } from '../digest/sha256.js';
import { GrowingFile } from '../flowg-import/growing-file.js';
import { recogniseFlowg } from '../flowg-import/recognise.js';

/** @throws Problem INSUFFICIENT_STORAGE unless so many bytes fit into the folder. */
export type MakeRoom = (folder: string, bytes: number) => Promise<void>;

/**
 * Looks at an upload as it passes. The first 100 bytes already tell what it claims to be and how long it will be, so
 * most wrong files, and those that do not fit the disk, are refused before the rest is received.
 */
export class UploadJudge extends Transform {
  bytes = 0;
  /** From when it is known how much will come. */
  private hash?: Sha256;
  private head = Buffer.alloc(0);
  private header?: FileHeader;
  /** Of a backup of FlowG's, which does not say how long it will be. */
  private foreign?: GrowingFile;

  constructor(
    private readonly database: SqliteDatabase,
    private readonly makeRoom: MakeRoom,
  ) {
    super();
  }

  /** Of everything that passed, lower-case hexadecimal; to be asked for once. */
  async sha256(): Promise<string> {
    return (this.hash ?? sha256For(0)).digest();
  }

  /** To be called when nobody will ask for the SHA-256. */
  async giveUp(): Promise<void> {
    await this.hash?.giveUp();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.look(chunk).then(() => done(null, chunk), done);
  }

  override _flush(done: TransformCallback): void {
    const tooShortForAHeader = !this.judged && this.bytes > 0;
    (tooShortForAHeader ? this.judgeHeader() : Promise.resolve()).then(() => done(), done);
  }

  private async look(chunk: Buffer): Promise<void> {
    await failpoint('restore.receiving');
    this.bytes += chunk.length;
    if (this.judged) await this.hash!.update(chunk);
    else {
      this.head = Buffer.concat([this.head, chunk]);
      if (this.head.length >= HEADER_BYTES) await this.judgeHeader();
    }
    await this.foreign?.grow(chunk.length);
    // Too short can only be told at the end, too long at once.
    if (this.header && this.bytes > this.header.expectedBytes) requireSize(this.header, this.bytes);
  }

  private get judged(): boolean {
    return this.header !== undefined || this.foreign !== undefined;
  }

  private async judgeHeader(): Promise<void> {
    const { name, newestVersion, directory } = this.database;
    if (recogniseFlowg(this.head)) this.foreign = new GrowingFile((bytes) => this.makeRoom(directory, bytes));
    else {
      this.header = readHeader(this.head, { database: name, newestVersion });
      await this.makeRoom(directory, this.header.expectedBytes);
    }
    this.hash = sha256For(this.header?.expectedBytes ?? 0);
    await this.hash.update(this.head);
    this.head = Buffer.alloc(0);
  }
}
