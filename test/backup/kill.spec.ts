import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Digests, digestsOf, download, ingest, NAMES, upload } from '../support/backup-client.js';
import { TestServer } from '../support/test-server.js';

const KILLS = Number(process.env.FLOWG_TEST_KILLS ?? 40);

/** On which side of the switch each failpoint lies: the state that must be found after the restart. */
const FAILPOINTS = {
  'restore.receiving': 'old',
  'restore.received': 'old',
  'restore.checked': 'old',
  'restore.migrating': 'old',
  'restore.staged': 'old',
  'restore.writes-held': 'old',
  'restore.pointer-written': 'old',
  'restore.pointer-renamed': 'new',
  'restore.switched': 'new',
} as const;
type Failpoint = keyof typeof FAILPOINTS;
const NAMES_OF_FAILPOINTS = Object.keys(FAILPOINTS) as Failpoint[];

describe(`kill -9 in the middle of a restore, ${KILLS} times`, () => {
  it(
    'leaves the old state or the new one, never a mixture, and always opens again',
    async () => {
      const dataDir = await mkdtemp(join(tmpdir(), 'flowg-kill-'));
      const hitFile = join(dataDir, '..', `flowg-kill-hits-${process.pid}`);
      let server = await TestServer.start({ dataDir });
      const token = await server.createToken(await server.login());
      const states = [await makeState(server, token, 'a'), await makeState(server, token, 'b')];
      const live: Digests = { ...states[1]!.digests };
      const hits: Partial<Record<Failpoint, number>> = {};

      let last: { failpoint: Failpoint; name: string } | undefined;

      for (let round = 0; round <= KILLS; round++) {
        const failpoint = NAMES_OF_FAILPOINTS[round % NAMES_OF_FAILPOINTS.length]!;
        const name = NAMES[Math.floor(round / NAMES_OF_FAILPOINTS.length) % NAMES.length]!;
        await rm(hitFile, { force: true });
        server = await server.restarted({ FLOWG_TEST_FAILPOINTS: `${failpoint}=kill@${hitFile}` });
        await expectState(server, token, live, last);
        if (round === KILLS) break;

        const target = states.find(({ digests }) => digests[name] !== live[name])!;
        await expect(upload(server, token, name, target.backups[name]!)).rejects.toThrow();
        expect(await server.ended()).toBe('SIGKILL');
        expect((await readFile(hitFile, 'utf8')).trim()).toBe(failpoint);
        hits[failpoint] = (hits[failpoint] ?? 0) + 1;
        if (FAILPOINTS[failpoint] === 'new') live[name] = target.digests[name];
        last = { failpoint, name };
      }

      console.log(`kills: ${JSON.stringify(hits)}`);
      for (const failpoint of NAMES_OF_FAILPOINTS) {
        if (KILLS >= NAMES_OF_FAILPOINTS.length) expect(hits[failpoint], failpoint).toBeGreaterThan(0);
      }
      await server.stop();
      await rm(dataDir, { recursive: true });
      await rm(hitFile, { force: true });
    },
    Math.max(120_000, KILLS * 10_000),
  );
});

async function makeState(server: TestServer, token: string, mark: string) {
  const user = { roles: ['admin'], password: `password-${mark}` };
  await server.ok('PUT', `/api/v1/users/user-${mark}`, { token, json: user });
  await server.ok('PUT', `/api/v1/transformers/${mark}`, { token, json: { script: `. = {"${mark}": 1}` } });
  await ingest(server, token, 50, mark);
  const backups: Record<string, Buffer> = {};
  for (const name of NAMES) backups[name] = (await download(server, token, name)).bytes;
  return { digests: await digestsOf(server, token), backups };
}

async function expectState(
  server: TestServer,
  token: string,
  live: Digests,
  last: { failpoint: Failpoint; name: string } | undefined,
): Promise<void> {
  const where = last && `after ${last.failpoint} on ${last.name}`;
  expect(await digestsOf(server, token), where).toEqual(live);
  await expectNothingLeft(server.dataDir);
  if (!last) return;
  const { restores } = await server.ok('GET', '/api/v1/restores?limit=1', { token });
  const outcome = FAILPOINTS[last.failpoint] === 'new' ? 'succeeded' : 'interrupted';
  expect(restores[0], where).toMatchObject({ database: last.name, outcome });
}

/** One generation of each database, and nothing that was on its way. */
async function expectNothingLeft(dataDir: string): Promise<void> {
  for (const folder of [...NAMES, 'backup']) {
    const files = (await readdir(join(dataDir, folder))).filter((name) => /\.(db|part)$/.test(name));
    expect(files, folder).toHaveLength(1);
  }
}
