import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';

/** A file in an archive; a size of its own makes a header that lies. */
export interface ArchivedFile extends Partial<Omit<Header, 'name' | 'size'>> {
  name: string;
  content?: string | Buffer;
}

export async function tarOf(files: ArchivedFile[]): Promise<Buffer> {
  const archive = pack();
  for (const { content = '', ...header } of files)
    archive.entry({ mode: 0o700, ...header }, Buffer.from(content));
  archive.finalize();
  return buffer(archive);
}

/** As FlowG up to v0.34 hands out its configuration. */
export async function configArchive(files: ArchivedFile[]): Promise<Buffer> {
  return gzipSync(await tarOf(files));
}

/** Of an alert, whose content FlowG writes in base64. */
export function alertFile(name: string, webhook: object, folder = 'alerts'): ArchivedFile {
  return {
    name: `${folder}/${name}.json.b64`,
    content: Buffer.from(JSON.stringify(webhook)).toString('base64'),
  };
}
