import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RestorableName } from '#src/database/database.js';
import { digestOf, NAMES, residentBytes, upload } from '../support/backup-client.js';
import { editedFile, withFile } from '../support/edited-backup.js';
import { liveDigests, strayFiles } from '../support/live-state.js';
import { PeakMemory } from '../support/peak-memory.js';
import { TestServer } from '../support/test-server.js';
import { makeTwoStates, type SavedState } from '../support/two-states.js';
import { evilEdits } from './evil-edits.js';
import { MUTATIONS, Random } from './mutations.js';

const COUNT = Number(process.env.FLOWG_TEST_MUTATIONS ?? 40);
const MOST_SECONDS = 20;
/** Of the server, over what it had before; most of it are the uploads that wait to be collected. */
const MOST_GROWTH_MEBIBYTES = 256;
/** The heap that the check may use, and Node itself. */
const MOST_CHECK_MEBIBYTES = 350;
const MEBIBYTE = 1024 * 1024;

let server: TestServer;
let token: string;
let good: SavedState;
let memory: PeakMemory;
let atFirst: number;
let slowestMs = 0;

beforeAll(async () => {
  server = await TestServer.start();
  token = await server.createToken(await server.login());
  [, good] = await makeTwoStates(server, token);
  // Once with a good file, so that what is loaded only once does not count.
  await upload(server, token, 'logs', good.backups.logs);
  atFirst = await residentBytes(server.pid);
  memory = new PeakMemory(server.pid);
});
afterAll(async () => {
  memory.stop();
  await server.stop();
});

/**
 * Sends a file that has been tampered with. When it is refused nothing may have changed; when it is accepted the server
 * must hold exactly what SQLite reads from that file, and gets the good one back.
 * @returns the check that refused it, or `accepted`.
 */
async function outcomeOf(name: RestorableName, bytes: Buffer): Promise<string> {
  const started = Date.now();
  const { status, text, body } = await upload(server, token, name, bytes);
  slowestMs = Math.max(slowestMs, Date.now() - started);
  expect([200, 400, 409, 507], `${text}${server.log.slice(-2000)}`).toContain(status);
  const live = await liveDigests(server.dataDir);
  if (status !== 200) {
    expect(text).not.toMatch(/\/flowg-|\bat .*:\d+:\d+/);
    expect(live).toEqual(good.digests);
    return /check "(\w+)"/.exec(body.error)?.[1] ?? body.status;
  }
  expect(live).toEqual({ ...good.digests, [name]: await digestOf(bytes) });
  if (name === 'auth') token = await wayBack();
  expect((await upload(server, token, name, good.backups[name])).status).toBe(200);
  return 'accepted';
}

/** Where in a file the first page of each table and index lies. */
async function rootOffsets(bytes: Buffer): Promise<Record<string, number>> {
  const schema = 'SELECT name, rootpage FROM sqlite_schema WHERE rootpage > 0';
  const rows = await withFile(bytes, (connection) =>
    connection.all<{ name: string; rootpage: number }>(schema),
  );
  return Object.fromEntries(
    rows.map(({ name, rootpage }) => [name, (rootpage - 1) * bytes.readUInt16BE(16)]),
  );
}

/** An accepted file has the token or the password in it. */
async function wayBack(): Promise<string> {
  const { status } = await server.request('GET', '/api/v1/auth/whoami', { token });
  return status === 200 ? token : server.login();
}

describe.each(NAMES)('a backup of %s that somebody has edited', (name) => {
  it.each(evilEdits(name))('%s: %s', async (_what, verdict, statements) => {
    const outcome = await outcomeOf(name, await editedFile(good.backups[name], ...statements));
    if (verdict === 'equal') expect(outcome).toBe('accepted');
    if (verdict === 'refused') expect(outcome).not.toBe('accepted');
  });
});

/** `integrity_check` says of them that all is well, and the first write to the table fails. */
it.each([
  ['a page of a table', 'migrations'],
  ['entries of rows that are not there', 'sqlite_autoindex_stream_1'],
])('a partial index that holds %s is refused', async (_what, other) => {
  const bytes = Buffer.from(good.backups.logs);
  const roots = await rootOffsets(bytes);
  bytes.copy(bytes, roots.alert_delivery_due, roots[other], roots[other]! + bytes.readUInt16BE(16));
  expect(await outcomeOf('logs', bytes)).toBe('structure');
});

it(
  `${COUNT} files with other bytes are refused or taken for what they are`,
  { timeout: 60_000 + COUNT * 2000 },
  async () => {
    const random = new Random(20261124);
    const outcomes: Record<string, number> = {};
    const mutations = Object.entries(MUTATIONS);
    for (let round = 0; round < COUNT; round++) {
      const name = NAMES[round % NAMES.length]!;
      const [what, mutate] = mutations[Math.floor(round / NAMES.length) % mutations.length]!;
      const outcome = await outcomeOf(name, mutate(Buffer.from(good.backups[name]), random)).catch(
        (error: Error) => {
          throw new Error(`round ${round}, ${name}, ${what}: ${error.message}`, { cause: error });
        },
      );
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
    console.log(`mutated files: ${JSON.stringify(outcomes)}`);
    expect(outcomes.accepted ?? 0).toBeLessThan(COUNT / 2);
  },
);

it('no file took long or much memory, and none left anything behind', async () => {
  const growth = (memory.own - atFirst) / MEBIBYTE;
  const check = memory.child / MEBIBYTE;
  console.log(
    `slowest answer ${slowestMs} ms; server +${growth.toFixed(0)} MiB, check process ${check.toFixed(0)} MiB`,
  );
  expect(slowestMs).toBeLessThan(MOST_SECONDS * 1000);
  expect(growth).toBeLessThan(MOST_GROWTH_MEBIBYTES);
  expect(check).toBeLessThan(MOST_CHECK_MEBIBYTES);
  expect(check, 'it was seen at all').toBeGreaterThan(20);
  await expect.poll(() => strayFiles(server.dataDir)).toEqual([]);
});
