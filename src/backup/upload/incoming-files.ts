import type { PortableFile, RestorableName } from '../../database/database.js';
import type { ArchiveManifest } from '../archive/archive-manifest.js';
import type { UploadReceiver } from './upload-receiver.js';

/** What an upload brought, each file in the folder of the database that it is for. */
export interface IncomingFiles {
  names: RestorableName[];
  files: Partial<Record<RestorableName, PortableFile>>;
  /** What an archive says of them. */
  manifest?: ArchiveManifest;
  /** Of all that was sent. */
  bytes: number;
  /** Of all that was sent, lower-case hexadecimal. */
  sha256: string;
}

/** An upload that is the file of one database. */
export function singleFile(
  name: RestorableName,
  receiver: UploadReceiver<PortableFile>,
): UploadReceiver<IncomingFiles> {
  return {
    receive: async (stream, signal) => {
      const file = await receiver.receive(stream, signal);
      return { names: [name], files: { [name]: file }, bytes: file.bytes, sha256: file.sha256 };
    },
    remove: ({ files }) => receiver.remove(files[name]!),
  };
}
