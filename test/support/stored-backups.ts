import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { pack } from '#src/backup/packing/pack.js';
import type { Packed, Packing } from '#src/backup/packing/packing.js';
import type { RunScope } from '#src/backup/run-scope.js';
import type { StoredCopy } from '#src/backup/stored-copy.js';
import { SqliteConnection } from '#src/database/sqlite/sqlite-connection.js';
import { download, sha256 } from './backup-client.js';
import { liveFiles } from './live-state.js';
import { TestServer } from './test-server.js';
import { downloadAll } from './whole-backup.js';

/** As a schedule would have stored it. */
export interface StoredBackup {
  id: string;
  content: Buffer;
  /** Where its file lies. */
  path: string;
  stored: StoredCopy;
}

/** What the catalogue says of a copy in the destination `nas`. */
export function storedCopy(file: string, packed: Packed, { compression, recipients }: Packing): StoredCopy {
  return {
    destination: 'nas',
    file,
    ...packed.result(),
    compression,
    sealed: recipients.length > 0,
    removedMs: null,
  };
}

const PLAIN: Packing = { compression: 'none', recipients: [] };

/** A folder that is a destination, and backups in it that no schedule has made. */
export class BackupFolder {
  private constructor(readonly path: string) {}

  static async make(): Promise<BackupFolder> {
    return new BackupFolder(await mkdtemp(join(tmpdir(), 'flowg-destination-')));
  }

  /** Setting of a server that has the folder as its destination `nas`. */
  get env(): Record<string, string> {
    return { FLOWG_BACKUP_DESTINATIONS: JSON.stringify({ nas: { type: 'folder', path: this.path } }) };
  }

  /** Takes a backup as anybody would, and puts it where a schedule would. */
  async store(
    server: TestServer,
    token: string,
    scope: RunScope,
    packing: Packing = PLAIN,
  ): Promise<StoredBackup> {
    const { id, content } = await takeBackup(server, token, scope);
    const packed = pack(Readable.from([content], { objectMode: false }), packing);
    const bytes = await buffer(packed.stream);
    const file = `flowg-test-${scope}-${id.slice(0, 8)}.${scope === 'all' ? 'tar' : 'db'}${packed.suffix}`;
    const stored = storedCopy(file, packed, packing);
    const path = join(this.path, file);
    await writeFile(path, bytes);
    await changeRun(server, id, { stored: JSON.stringify(stored), schedule: 'test' });
    return { id, content, path, stored };
  }

  /** What lies beside a stored copy since its proof. */
  async receipt({ path }: StoredBackup): Promise<any> {
    return JSON.parse(await readFile(`${path}.receipt.json`, 'utf8'));
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true });
  }
}

/** A server that has such a folder. Who takes it stops the server, then removes the folder. */
export async function serverWithFolder(
  env: Record<string, string> = {},
): Promise<{ folder: BackupFolder; server: TestServer; root: string }> {
  const folder = await BackupFolder.make();
  const server = await TestServer.start({ env: { ...folder.env, ...env } });
  return { folder, server, root: await server.createToken(await server.login()) };
}

/** Downloads a backup. When it resolves, the server writes no more to its row. */
export async function takeBackup(
  server: TestServer,
  token: string,
  scope: RunScope,
): Promise<{ id: string; content: Buffer }> {
  const { bytes: content, headers } =
    scope === 'all' ? await downloadAll(server, token) : await download(server, token, scope);
  const id = headers.get('x-backup-id')!;
  // An answer comes when ends that are on their way are on disk. The last byte of a download comes before its end begins.
  const outcome = async () => (await server.ok('GET', `/api/v1/backups/${id}`, { token })).backup.outcome;
  while ((await outcome()) === 'running') await wait(5);
  return { id, content };
}

/** Makes the catalogue say of other bytes that they are what was stored. */
export async function replaceStored(server: TestServer, backup: StoredBackup, bytes: Buffer): Promise<void> {
  await writeFile(backup.path, bytes);
  const stored = { ...backup.stored, bytes: bytes.length, sha256: sha256(bytes) };
  await changeRun(server, backup.id, { stored: JSON.stringify(stored) });
}

/** Writes into a row of the catalogue of a running server, as `sqlite3` would. @param columns their new values. */
export async function changeRun(
  server: TestServer,
  id: string,
  columns: Record<string, string | null>,
): Promise<void> {
  const connection = await SqliteConnection.open((await liveFiles(server.dataDir)).backup, 'readwrite');
  try {
    const changes = Object.entries(columns).map(([column, value]) => {
      return `"${column}" = ${value === null ? 'NULL' : `'${value.replaceAll("'", "''")}'`}`;
    });
    await connection.exec(
      `PRAGMA busy_timeout = 5000; UPDATE run SET ${changes.join(', ')} WHERE id = '${id}'`,
    );
  } finally {
    await connection.close();
  }
}
