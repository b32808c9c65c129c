import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RUN_SCOPES, type RunScope } from '#src/backup/run-scope.js';
import { type AgeKey, newAgeKey } from '../packing/packed.js';
import { digestsOf, ingest, upload } from '../support/backup-client.js';
import { hasProgram } from '../support/programs.js';
import { type BackupFolder, serverWithFolder } from '../support/stored-backups.js';
import type { TestServer } from '../support/test-server.js';

let folder: BackupFolder;
let server: TestServer;
let root: string;
let key: AgeKey;

beforeAll(async () => {
  ({ folder, server, root } = await serverWithFolder());
  key = await newAgeKey();
  await ingest(server, root, 50);
});
afterAll(async () => {
  await server.stop();
  await folder.remove();
});

/** Makes a schedule and has it run now. @returns the backup, when all of it is over. */
async function scheduled(database: RunScope, recipients: string[] = []): Promise<any> {
  const name = recipients.length > 0 ? `sealed-${database}` : `plain-${database}`;
  const json = { database, cron: '0 3 1 1 *', destination: 'nas', recipients, keep: { last: 3 } };
  await server.ok('PUT', `/api/v1/backup-schedules/${name}`, { token: root, json });
  const { backup } = await server.ok('POST', `/api/v1/backup-schedules/${name}/run`, { token: root });
  for (let attempt = 0; attempt < 600; attempt++) {
    const { schedule } = await server.ok('GET', `/api/v1/backup-schedules/${name}`, { token: root });
    if (!schedule.running) return schedule.last_run;
    await wait(50);
  }
  throw new Error(`backup ${backup.id} does not end`);
}

it.each(RUN_SCOPES)(
  'a backup of %s by a schedule is proven, and restored from where it lies',
  async (scope) => {
    const saved = await digestsOf(server, root);
    const backup = await scheduled(scope);
    expect(backup).toMatchObject({
      outcome: 'succeeded',
      schedule: `plain-${scope}`,
      stored: { destination: 'nas', compression: 'gzip', sealed: false },
      proof: { outcome: 'proven', reach: 'content', error: null },
    });
    const receipt = JSON.parse(
      await readFile(join(folder.path, `${backup.stored.file}.receipt.json`), 'utf8'),
    );
    expect(receipt).toMatchObject({ backup: backup.id, schedule: backup.schedule, proof: backup.proof });
    await server.ok('PUT', `/api/v1/roles/late-${scope}`, { token: root, json: { scopes: [] } });
    await server.ok('PUT', `/api/v1/transformers/late`, { token: root, json: { script: '. = .' } });
    await ingest(server, root, 5, 'late');
    const path = scope === 'all' ? '/api/v1/restore' : `/api/v1/restore/${scope}`;
    await server.ok('POST', `${path}?from=${backup.id}`, { token: root });
    const restored = await digestsOf(server, root);
    if (scope === 'all') expect(restored).toEqual(saved);
    else expect(restored[scope]).toBe(saved[scope]);
  },
);

it.skipIf(!hasProgram('age'))('a sealed one is proven once, and opened by its owner only', async () => {
  const saved = await digestsOf(server, root);
  const backup = await scheduled('config', [key.recipient]);
  expect(backup).toMatchObject({
    stored: { sealed: true },
    proof: { outcome: 'proven', reach: 'content', queries: expect.arrayContaining([expect.anything()]) },
  });
  const again = await server.ok('POST', `/api/v1/backups/${backup.id}/prove`, { token: root });
  expect(again.backup.proof).toMatchObject({ outcome: 'proven', reach: 'bytes' });
  const refused = await server.request('POST', `/api/v1/restore/config?from=${backup.id}`, { token: root });
  expect(refused.status).toBe(409);
  expect(refused.body.error).toMatch(/is sealed/);

  const keyFile = join(folder.path, 'key.txt');
  await writeFile(keyFile, `${key.identity}\n`);
  const sealed = join(folder.path, backup.stored.file);
  const opened = gunzipSync(execFileSync('age', ['-d', '-i', keyFile, sealed], { maxBuffer: 100_000_000 }));
  await server.ok('PUT', '/api/v1/transformers/later', { token: root, json: { script: '. = .' } });
  expect((await upload(server, root, 'config', opened)).status).toBe(200);
  expect((await digestsOf(server, root)).config).toBe(saved.config);
});
