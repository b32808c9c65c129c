import { createHash } from 'node:crypto';
import { addAbortSignal, Readable } from 'node:stream';
import type { PortableFile, RestorableName } from '../../database/database.js';
import { readArchive } from '../archive/read-archive.js';
import type { IncomingFiles } from './incoming-files.js';
import type { UploadReceiver } from './upload-receiver.js';

/** An upload that is an archive of all databases: each member goes to the receiver of its database. */
export class ArchiveReceiver implements UploadReceiver<IncomingFiles> {
  constructor(private readonly receivers: Record<RestorableName, UploadReceiver<PortableFile>>) {}

  async receive(stream: Readable, signal: AbortSignal): Promise<IncomingFiles> {
    const incoming: IncomingFiles = { names: [], files: {}, bytes: 0, sha256: '' };
    const hash = createHash('sha256');
    async function* counted(): AsyncGenerator<Buffer> {
      for await (const chunk of addAbortSignal(signal, stream) as AsyncIterable<Buffer>) {
        hash.update(chunk);
        incoming.bytes += chunk.length;
        yield chunk;
      }
    }
    try {
      incoming.manifest = await readArchive(Readable.from(counted(), { objectMode: false }), {
        begin: () => Promise.resolve(),
        database: async (name, _bytes, member) => {
          const file = await this.receivers[name].receive(member, signal);
          incoming.names.push(name);
          incoming.files[name] = file;
          return file;
        },
      });
      return { ...incoming, sha256: hash.digest('hex') };
    } catch (error) {
      await this.remove(incoming);
      throw error;
    }
  }

  async remove({ names, files }: IncomingFiles): Promise<void> {
    for (const name of names) await this.receivers[name].remove(files[name]!);
  }
}
