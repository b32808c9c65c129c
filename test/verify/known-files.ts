import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { archiveManifest } from '#src/backup/archive/archive-manifest.js';
import { archiveMembers } from '#src/backup/archive/archive-members.js';
import { readArchive } from '#src/backup/archive/read-archive.js';
import { writeArchive } from '#src/backup/archive/write-archive.js';
import type { Manifest, RestorableName } from '#src/database/database.js';
import { parseManifest, SELECT_MANIFEST } from '#src/database/portable-file/manifest-table.js';
import { SqliteConnection } from '#src/database/sqlite/sqlite-connection.js';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { download, ingest, NAMES, sha256 } from '../support/backup-client.js';
import { TestServer } from '../support/test-server.js';
import { downloadAll } from '../support/whole-backup.js';

export type Backups = Record<RestorableName, Buffer>;

/** Gives `task` a server that has something of everything. */
async function withFilledServer<T>(task: (server: TestServer, token: string) => Promise<T>): Promise<T> {
  const server = await TestServer.start();
  try {
    const token = await server.login();
    await server.createUser(token, 'ann', ['read_streams']);
    await server.createToken(token);
    const stream = { config: { ttl: 0, size: 0, indexed_fields: ['app'] } };
    await server.ok('PUT', '/api/v1/streams/default', { token, json: stream });
    await server.ok('PUT', '/api/v1/transformers/same', { token, json: { script: '. = .' } });
    await ingest(server, token, 50);
    return await task(server, token);
  } finally {
    await server.stop();
  }
}

/** Fresh backups of such a server. */
export function freshBackups(): Promise<Backups> {
  return withFilledServer(async (server, token) => {
    const backups = {} as Backups;
    for (const name of NAMES) backups[name] = (await download(server, token, name)).bytes;
    return backups;
  });
}

/** A fresh archive of such a server, and the backups in it, which are of one instant. */
export function freshArchive(): Promise<{ archive: Buffer; backups: Backups }> {
  return withFilledServer(async (server, token) => {
    const { bytes: archive } = await downloadAll(server, token);
    const backups = {} as Backups;
    await readArchive(Readable.from([archive]), {
      begin: () => Promise.resolve(),
      database: async (name, _bytes, stream) => {
        backups[name] = await buffer(stream);
        return { sha256: sha256(backups[name]) };
      },
    });
    return { archive, backups };
  });
}

/** The bytes of a file after some SQL that a person with a database tool might run on it. */
export async function changedBy(bytes: Buffer, sql: string): Promise<Buffer> {
  return withFile(bytes, async (connection) => connection.exec(`PRAGMA foreign_keys = OFF; ${sql}`));
}

async function withFile(
  bytes: Buffer,
  task: (connection: SqliteConnection) => Promise<void>,
): Promise<Buffer> {
  const file = join(tmpdir(), `flowg-known-${randomUUID()}.db`);
  await writeFile(file, bytes);
  const connection = await SqliteConnection.open(file, 'readwrite');
  try {
    await task(connection);
  } finally {
    await connection.close();
  }
  const changed = await readFile(file);
  await rm(file);
  return changed;
}

export function withBytes(bytes: Buffer, offset: number, ...values: number[]): Buffer {
  const changed = Buffer.from(bytes);
  changed.set(values, offset);
  return changed;
}

export async function manifestIn(bytes: Buffer): Promise<Manifest> {
  let manifest: Manifest | undefined;
  await withFile(bytes, async (connection) => {
    manifest = parseManifest((await connection.all<any>(SELECT_MANIFEST))[0]);
  });
  return manifest!;
}

/** Of any three files, with a manifest that describes them unless it is changed. */
export async function archiveOf(
  backups: Backups,
  change: (manifest: any) => void = () => undefined,
): Promise<Buffer> {
  const describe = async (name: RestorableName) => ({
    size: backups[name].length,
    manifest: await manifestIn(backups[name]),
  });
  const files = {
    auth: await describe('auth'),
    config: await describe('config'),
    logs: await describe('logs'),
  };
  const manifest = archiveManifest(files.logs.manifest.instant, files);
  change(manifest);
  const stream = (name: RestorableName) => () => Readable.from([backups[name]]);
  const members = archiveMembers(manifest, {
    auth: stream('auth'),
    config: stream('config'),
    logs: stream('logs'),
  });
  return buffer(writeArchive(members, new Date()));
}

export interface BadFile {
  what: string;
  database: RestorableName;
  /** The check that must refuse it. */
  check: string;
  make: (backups: Backups) => Buffer | Promise<Buffer>;
}

const bySql = (what: string, database: RestorableName, check: string, sql: string): BadFile => ({
  what,
  database,
  check,
  make: (backups) => changedBy(backups[database], sql),
});

const byBytes = (what: string, check: string, make: (auth: Buffer) => Buffer): BadFile => ({
  what,
  database: 'auth',
  check,
  make: ({ auth }) => make(auth),
});

const BREAKING = 'PRAGMA ignore_check_constraints = ON;';

/** Everything that a single file can be refused for, by the check that finds it. */
export const BAD_FILES: BadFile[] = [
  byBytes('text', 'header', () => Buffer.from('hello\n'.repeat(200))),
  byBytes('a few bytes', 'header', (auth) => auth.subarray(0, 60)),
  byBytes('a page size that does not exist', 'header', (auth) => withBytes(auth, 16, 0x0f, 0x01)),
  byBytes('a foreign SQLite database', 'kind', (auth) => withBytes(auth, 68, 0, 0, 0, 0)),
  byBytes('no version', 'version', (auth) => withBytes(auth, 60, 0, 0, 0, 0)),
  byBytes('a newer version', 'version', (auth) => withBytes(auth, 60, 0, 0, 0, 99)),
  byBytes('a cut file', 'size', (auth) => auth.subarray(0, auth.length - 1)),
  byBytes('a file with more behind it', 'size', (auth) => Buffer.concat([auth, Buffer.alloc(4096)])),
  bySql(
    'a trigger',
    'logs',
    'schema',
    'CREATE TRIGGER evil AFTER INSERT ON entry BEGIN DELETE FROM entry; END',
  ),
  bySql('a missing index', 'auth', 'schema', 'DROP INDEX tokens_user'),
  bySql(
    'an invented migration',
    'config',
    'schema',
    `INSERT INTO migrations (timestamp, name) VALUES (1, 'x')`,
  ),
  bySql(
    'a value that breaks a constraint',
    'auth',
    'structure',
    `${BREAKING} UPDATE tokens SET hash = 'short'`,
  ),
  bySql('JSON that is none', 'config', 'structure', `${BREAKING} UPDATE pipelines SET flow = '{'`),
  bySql('no manifest', 'logs', 'manifest', 'DELETE FROM manifest'),
  bySql('the manifest of another database', 'auth', 'manifest', `UPDATE manifest SET database = 'logs'`),
  bySql('a token of nobody', 'auth', 'references', `UPDATE tokens SET "user" = 'nobody'`),
  bySql('a row too many', 'config', 'rows', `INSERT INTO transformers (name, script) VALUES ('more', '.')`),
  bySql(
    'a scope that does not exist',
    'auth',
    'content',
    `UPDATE role_scopes SET scope = 'evil' WHERE role = 'ann-role'`,
  ),
  bySql('a flow that is none', 'config', 'content', `UPDATE pipelines SET flow = '[]'`),
  bySql('sums that are not true', 'logs', 'content', 'UPDATE stream SET entry_bytes = 1'),
  bySql(
    'an index that lies',
    'logs',
    'content',
    `UPDATE indexed_value SET value = x'00' WHERE entry_id = (SELECT min(entry_id) FROM indexed_value)`,
  ),
];
