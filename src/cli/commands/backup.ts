import { EXIT, Failure } from '../failure.js';
import { PartFile } from '../files/part-file.js';
import { megabytes, progress } from '../progress.js';
import { ServerClient, type ServerOptions } from '../server/server-client.js';
import type { Outcome, Shell } from '../shell.js';

export interface BackupOptions extends ServerOptions {
  output: string;
  force?: boolean;
}

/**
 * 1. Nothing is asked of the server before there is a file to write to.
 * 2. The bytes go into a part file, hashed as they come.
 * 3. The catalogue of the server says how many there were and what their SHA-256 is.
 * 4. Only if both are right the file gets its name.
 */
export async function backup(scope: string, options: BackupOptions, shell: Shell): Promise<Outcome> {
  const server = await ServerClient.of(options, shell);
  const file = await PartFile.create(options.output, options.force === true);
  try {
    const id = await receive(scope, file, server);
    const sha256 = file.sha256();
    const { bytes, instant } = await requireSame(id, file.bytes, sha256, server);
    shell.signal.throwIfAborted();
    await file.complete();
    const json = { success: true, file: options.output, backup_id: id, scope, bytes, sha256, instant };
    const text = `${options.output}: backup of ${scope} as of ${instant}, ${megabytes(bytes)}, SHA-256 ${sha256}\n`;
    return { exitCode: EXIT.done, json, text };
  } catch (error) {
    await file.discard();
    throw error;
  }
}

/** @returns the number of the backup in the catalogue. */
async function receive(scope: string, file: PartFile, server: ServerClient): Promise<string> {
  const response = await server.download(scope === 'all' ? 'backup' : `backup/${scope}`);
  const id = response.headers['x-backup-id'];
  if (typeof id !== 'string')
    throw new Failure(
      EXIT.refused,
      `${server.url.href} sends files, but is no FlowG server that keeps a catalogue`,
    );
  const shown = progress(`backup of ${scope}`, Number(response.headers['content-length'] ?? 0));
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      await file.write(chunk);
      shown.add(chunk.length);
    }
  } catch (error) {
    throw error instanceof Failure ? error : server.brokenOff(error);
  } finally {
    shown.end();
  }
  return id;
}

async function requireSame(id: string, bytes: number, sha256: string, server: ServerClient) {
  const { backup: run } = await server.json('GET', `backups/${encodeURIComponent(id)}`);
  const sent = run as { bytes?: number; sha256?: string; instant?: string } | undefined;
  if (sent?.bytes !== bytes || sent.sha256 !== sha256) {
    throw new Failure(
      EXIT.unreachable,
      `what has come is not what the server sent: ${bytes} bytes with SHA-256 ${sha256}, its catalogue says ` +
        `${sent?.bytes ?? 'no'} bytes with ${sent?.sha256 ?? 'none'}; the file was not kept`,
    );
  }
  return { bytes, instant: sent.instant ?? null };
}
