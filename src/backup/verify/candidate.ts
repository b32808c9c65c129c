import { createHash, type Hash } from 'node:crypto';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type PortableFile, RESTORABLE_NAMES, type RestorableName } from '../../database/database.js';
import { readHeader, requireSize, restorableOf } from '../../database/portable-file/file-header.js';
import type { ArchiveManifest } from '../archive/archive-manifest.js';
import { ARCHIVE_HEAD_BYTES, isArchive, readArchive } from '../archive/read-archive.js';
import { ByteReader } from '../archive/byte-reader.js';
import type { AllOfflineChecks } from './offline-checks.js';
import { storeFile } from './store-file.js';

/** Where a candidate is put, and who says whether it may come. */
export interface Place {
  /** Of its own: names in it are free. */
  folder: string;
  /** Throws when the sender has no business with these databases. */
  permit(names: readonly RestorableName[]): void;
  /** Throws when so many bytes do not fit. */
  makeRoom(bytes: number): Promise<void>;
}

/**
 * A file that may be a backup: of which kind is seen from its first bytes. It is taken apart into a private copy, because
 * a check changes what it looks at (the mark of a write-ahead log, migrations), and must never change the file itself.
 */
export class Candidate {
  /** null for what begins like no backup. */
  kind: 'database' | 'archive' | null = null;
  /** Databases that it has, or promises to have. */
  names: readonly RestorableName[] = [];
  /** Of all of it, as far as it has come. */
  bytes = 0;
  /** Of all of it, lower-case hexadecimal; null until all of it has come. */
  sha256: string | null = null;
  /** What an archive says of itself. */
  manifest?: ArchiveManifest;
  readonly files: Partial<Record<RestorableName, PortableFile>> = {};

  constructor(
    private readonly checks: AllOfflineChecks,
    private readonly place: Place,
  ) {}

  /** @throws FileRefusal as soon as it is clear that this is no sound backup, or whatever the place throws. */
  async receive(input: Readable): Promise<void> {
    const hash = createHash('sha256');
    const reader = new ByteReader(input);
    try {
      const head = await reader.take(ARCHIVE_HEAD_BYTES);
      const content = () => Readable.from(this.counted(head, reader, hash), { objectMode: false });
      if (isArchive(head)) await this.receiveArchive(content);
      else await this.receiveDatabase(head, content);
      this.sha256 = hash.digest('hex');
    } finally {
      reader.close();
    }
  }

  private async receiveDatabase(head: Buffer, content: () => Readable): Promise<void> {
    this.bytes = head.length;
    const name = restorableOf(head);
    this.kind = 'database';
    this.names = [name];
    this.place.permit(this.names);
    const newestVersion = this.checks[name].schemas.length;
    const header = readHeader(head, { database: name, newestVersion });
    await this.place.makeRoom(this.room(name, header.expectedBytes, header.schemaVersion));
    this.files[name] = await this.store(name, content(), (bytes) => {
      // Too short can only be told at the end, too long at once.
      if (bytes > header.expectedBytes) requireSize(header, bytes);
    });
  }

  private async receiveArchive(content: () => Readable): Promise<void> {
    this.kind = 'archive';
    this.names = RESTORABLE_NAMES;
    this.place.permit(this.names);
    this.manifest = await readArchive(content(), {
      begin: async (manifest) => {
        this.manifest = manifest;
        const rooms = Object.entries(manifest.databases).map(([name, { bytes, schema_version: version }]) =>
          this.room(name as RestorableName, bytes, version),
        );
        await this.place.makeRoom(rooms.reduce((total, room) => total + room, 0));
      },
      database: async (name, _bytes, stream) => (this.files[name] = await this.store(name, stream)),
    });
  }

  /** A migration may write everything anew. */
  private room(name: RestorableName, bytes: number, schemaVersion: number): number {
    return schemaVersion < this.checks[name].schemas.length ? 2 * bytes : bytes;
  }

  private store(
    name: RestorableName,
    stream: Readable,
    look?: (bytes: number) => void,
  ): Promise<PortableFile> {
    return storeFile(stream, join(this.place.folder, `${name}.db`), look);
  }

  private async *counted(head: Buffer, reader: ByteReader, hash: Hash): AsyncGenerator<Buffer> {
    this.bytes = 0;
    for (let chunk: Buffer | undefined = head; chunk?.length; chunk = await reader.some(Infinity)) {
      this.bytes += chunk.length;
      hash.update(chunk);
      yield chunk;
    }
  }
}
