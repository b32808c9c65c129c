import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readArchive } from '#src/backup/archive/read-archive.js';
import type { RestorableName } from '#src/database/database.js';
import { SqliteConnection } from '#src/database/sqlite/sqlite-connection.js';
import { sha256 } from '../support/backup-client.js';
import { TestServer } from '../support/test-server.js';
import { downloadAll, uploadAll } from '../support/whole-backup.js';

const WRITERS = 4;
const BACKUPS = Number(process.env.FLOWG_TEST_WHOLE_BACKUPS ?? 15);

let server: TestServer;
let root: string;
let folder: string;

beforeAll(async () => {
  server = await TestServer.start();
  root = await server.createToken(await server.login());
  folder = await mkdtemp(join(tmpdir(), 'flowg-instant-'));
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

/** Each counts in all three databases, one after the other, each step acknowledged before the next begins. */
async function count(writer: number, isRunning: () => boolean): Promise<void> {
  for (let n = 1; isRunning(); n++) {
    const name = `writer-${writer}-${n}`;
    await server.ok('PUT', `/api/v1/roles/${name}`, { token: root, json: { scopes: ['send_logs'] } });
    await server.ok('PUT', `/api/v1/transformers/${name}`, { token: root, json: { script: '. = {}' } });
    await server.ok('POST', '/api/v1/pipelines/default/logs', { token: root, json: { record: { name } } });
  }
}

const HIGHEST: Record<RestorableName, string> = {
  auth: `SELECT name FROM roles WHERE name LIKE 'writer-%'`,
  config: `SELECT name FROM transformers WHERE name LIKE 'writer-%'`,
  logs: `SELECT fields ->> 'name' AS name FROM entry`,
};

/** How far each writer is in one database of an archive. */
async function countersIn(name: RestorableName, bytes: Buffer): Promise<number[]> {
  const file = join(folder, `${name}.db`);
  await writeFile(file, bytes);
  const connection = await SqliteConnection.open(file, 'readonly');
  const reached = Array.from({ length: WRITERS }, () => 0);
  for (const row of await connection.all<{ name: string }>(HIGHEST[name])) {
    const [, writer, n] = row.name.split('-').map(Number);
    reached[writer!] = Math.max(reached[writer!]!, n!);
  }
  await connection.close();
  return reached;
}

async function counters(archive: Buffer): Promise<Record<RestorableName, number[]>> {
  const found = {} as Record<RestorableName, number[]>;
  await readArchive(Readable.from([archive], { objectMode: false }), {
    begin: () => Promise.resolve(),
    database: async (name, _bytes, stream) => {
      const bytes = await buffer(stream);
      found[name] = await countersIn(name, bytes);
      return { sha256: sha256(bytes) };
    },
  });
  return found;
}

describe(`${BACKUPS} backups of the whole server while ${WRITERS} writers count in all databases`, () => {
  it('are each of one instant: no database is ahead of another by more than the step that was under way', async () => {
    let running = true;
    const writing = Promise.all(Array.from({ length: WRITERS }, (_, writer) => count(writer, () => running)));
    let last: Buffer | undefined;
    const steps = { auth: 0, config: 0, none: 0 };
    for (let round = 0; round < BACKUPS; round++) {
      last = (await downloadAll(server, root)).bytes;
      const { auth, config, logs } = await counters(last);
      for (let writer = 0; writer < WRITERS; writer++) {
        const seen = [auth[writer]!, config[writer]!, logs[writer]!];
        const [a, c, l] = seen as [number, number, number];
        expect(a >= c && c >= l && l >= a - 1, `writer ${writer}: ${seen.join()}`).toBe(true);
        if (a > c) steps.auth++;
        else if (c > l) steps.config++;
        else steps.none++;
      }
    }
    running = false;
    await writing;
    // The writers were in the middle of something, or it would have been easy.
    expect(steps.auth + steps.config, JSON.stringify(steps)).toBeGreaterThan(0);

    const answer = await uploadAll(server, root, last!);
    expect(answer.status, answer.text).toBe(200);
    expect(await counters((await downloadAll(server, root)).bytes)).toEqual(await counters(last!));
  });
});
