import { createReadStream } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Extract } from 'tar-stream';
import { FileRefusal } from '../../../database/portable-file/file-refusal.js';
import type { DefinitionKind } from './config-definitions.js';

/** Definitions are small: what unpacks to more was not made by FlowG. */
const MOST_UNPACKED_BYTES = 256 * 1024 * 1024;
const MOST_FILE_BYTES = 16 * 1024 * 1024;
const MOST_FILES = 100_000;

/** The folders of an archive. Alerts are called forwarders since v0.28. */
const FOLDERS: Record<string, { kind: DefinitionKind; extension: string }> = {
  transformers: { kind: 'transformer', extension: '.vrl' },
  pipelines: { kind: 'pipeline', extension: '.json' },
  alerts: { kind: 'alert', extension: '.json.b64' },
  forwarders: { kind: 'alert', extension: '.json.b64' },
};

type Entry = Extract extends AsyncIterable<infer One> ? One : never;

export interface ArchivedDefinition {
  kind: DefinitionKind;
  name: string;
  content: Buffer;
}

/**
 * Reads the archive that was FlowG's backup of its configuration up to v0.34: a tar in gzip, one file for each definition.
 * @param take is called with one after the other.
 * @throws FileRefusal for an archive that is damaged, holds anything else, or unpacks to more than definitions take.
 */
export async function readConfigArchive(
  path: string,
  take: (definition: ArchivedDefinition) => Promise<void>,
): Promise<void> {
  const entries = extract();
  const unpacking = pipeline(createReadStream(path), createGunzip(), limited(), entries);
  // What goes wrong in it comes out of the loop too, unless the loop has ended by itself.
  unpacking.catch(() => undefined);
  let taken = 0;
  try {
    for await (const entry of limitedCount(entries)) {
      const definition = await definitionOf(entry);
      if (!definition) continue;
      taken++;
      await take(definition);
    }
    await unpacking;
  } catch (error) {
    throw refusalOf(error);
  }
  if (taken === 0) refuse('it is empty');
}

async function* limitedCount(entries: AsyncIterable<Entry>): AsyncGenerator<Entry> {
  let count = 0;
  for await (const entry of entries) {
    if (++count > MOST_FILES) refuse(`it has more than ${MOST_FILES} files`);
    yield entry;
  }
}

function limited(): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes <= MOST_UNPACKED_BYTES) return done(null, chunk);
      done(new FileRefusal('size', `the archive unpacks to more than ${MOST_UNPACKED_BYTES} bytes`));
    },
  });
}

/** @returns undefined for a folder. */
async function definitionOf(entry: Entry): Promise<ArchivedDefinition | undefined> {
  const { name, type, size } = entry.header;
  const shown = JSON.stringify(name.slice(0, 100));
  const [folderName = '', file, ...deeper] = name.replace(/^\.\//, '').split('/');
  const folder = Object.hasOwn(FOLDERS, folderName) ? FOLDERS[folderName] : undefined;
  if (type === 'directory' && !file && (folder || ['', '.'].includes(folderName))) {
    entry.resume();
    return undefined;
  }
  if (type !== 'file' || !folder || deeper.length > 0 || !file?.endsWith(folder.extension))
    refuse(`it holds ${shown}, which is no transformer, pipeline or alert`);
  if (size > MOST_FILE_BYTES) refuse(`${shown} has ${size} bytes, ${MOST_FILE_BYTES} are possible`);
  const content = await buffer(entry);
  return {
    kind: folder.kind,
    name: file.slice(0, -folder.extension.length),
    content: folder.kind === 'alert' ? Buffer.from(content.toString('latin1'), 'base64') : content,
  };
}

function refuse(reason: string): never {
  throw new FileRefusal('content', `this is not an archive of FlowG's configuration: ${reason}`);
}

/** What gzip and tar say of a file that is none, or not whole. */
function refusalOf(error: unknown): unknown {
  const { code = '', message } = error as { code?: string; message: string };
  if (code.startsWith('Z_')) {
    const cut = code === 'Z_BUF_ERROR';
    return cut
      ? new FileRefusal('size', 'the archive is cut short')
      : new FileRefusal('structure', `the archive is damaged: ${message}`);
  }
  if (/^Invalid tar header|^Unexpected end of data|^Unsupported/.test(message))
    return new FileRefusal(
      'structure',
      `the archive is damaged, or no tar archive: ${message.split('.')[0]}`,
    );
  return error;
}
