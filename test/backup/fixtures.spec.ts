import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RestorableName } from '#src/database/database.js';
import { digestOf, download, sha256, upload } from '../support/backup-client.js';
import { PROJECT_ROOT, TestServer } from '../support/test-server.js';

/** Backups that servers of each schema version made, never made anew. */
const FIXTURES = join(PROJECT_ROOT, 'test', 'fixtures');
/**
 * By file: its own SHA-256, and the state digest it has on this version. A new migration may change the second one, which is
 * then looked at: `FLOWG_TEST_UPDATE=1` writes it anew.
 */
const DIGESTS = join(FIXTURES, 'digests.json');

const files = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.db'))
  .toSorted();

/** The users of a fixture are not those of the server. */
const LOCKOUT: Partial<Record<RestorableName, string>> = { auth: '?allow_lockout=true' };

type Digests = Record<string, { sha256: string; state: string }>;

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

describe('backups of all schema versions there have been', () => {
  const found: Digests = {};

  it.each(files)('%s restores into what it was', async (file) => {
    const bytes = await readFile(join(FIXTURES, file));
    const name = /(\w+)\.db$/.exec(file)![1] as RestorableName;
    const answer = await upload(server, await server.login(), name, bytes, LOCKOUT[name]);
    expect(answer.status, answer.text).toBe(200);
    const live = (await download(server, await server.login(), name)).bytes;
    found[file] = { sha256: sha256(bytes), state: await digestOf(live) };
    const known = JSON.parse(await readFile(DIGESTS, 'utf8')) as Digests;
    if (process.env.FLOWG_TEST_UPDATE !== '1') expect(found[file]).toEqual(known[file]);
  });

  it('are there for the newest version too', async () => {
    const versions = await Promise.all(
      files.map(async (file) => (await readFile(join(FIXTURES, file))).readUInt32BE(60)),
    );
    for (const name of ['auth', 'config', 'logs'] as const) {
      const newest = (await download(server, await server.login(), name)).bytes.readUInt32BE(60);
      const ofName = versions.filter((_version, index) => files[index]!.endsWith(`/${name}.db`));
      expect(
        ofName.toSorted((a, b) => a - b),
        name,
      ).toEqual(Array.from({ length: newest }, (_, index) => index + 1));
    }
    if (process.env.FLOWG_TEST_UPDATE === '1')
      await writeFile(DIGESTS, `${JSON.stringify(found, null, 2)}\n`);
  });

  it('do not stop a newer one from being refused, with the version that is needed', async () => {
    const newer = await readFile(join(FIXTURES, 'schema-1', 'auth.db'));
    newer.writeUInt32BE(99, 60);
    const answer = await upload(server, await server.login(), 'auth', newer);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatch(
      /schema version 99, this server knows versions up to \d+: restore it on the newer/,
    );
  });
});
