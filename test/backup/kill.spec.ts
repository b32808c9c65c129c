import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Digests, digestsOf, NAMES } from '../support/backup-client.js';
import { TestServer } from '../support/test-server.js';
import { killOperations, makeState } from './kill-operations.js';

const KILLS = Number(process.env.FLOWG_TEST_KILLS ?? 40);

describe(`kill -9 in the middle of what changes the live generations, ${KILLS} times`, () => {
  it(
    'leaves the old state or the new one of all databases, never a mixture, and always opens again',
    async () => {
      const dataDir = await mkdtemp(join(tmpdir(), 'flowg-kill-'));
      const hitFile = join(dataDir, '..', `flowg-kill-hits-${process.pid}`);
      let server = await TestServer.start({ dataDir });
      const token = await server.createToken(await server.login());
      const states = [await makeState(server, token, 'a'), await makeState(server, token, 'b')];
      let live: Digests = { ...states[1]!.digests };
      const operations = killOperations(token);
      const rounds = Object.entries(operations).flatMap(([name, { failpoints }]) =>
        Object.entries(failpoints).map(([failpoint, side]) => ({ name, failpoint, side })),
      );
      const hits = new Map<string, number>();

      for (let round = 0; round < KILLS; round++) {
        const { name, failpoint, side } = rounds[round % rounds.length]!;
        const where = `${name}, killed at ${failpoint}`;
        const target = states.find(({ digests }) => digests.config !== live.config)!;
        const attempt = await operations[name]!.prepare(server, live, target, round);
        const before = await digestsOf(server, token);
        await rm(hitFile, { force: true });
        server = await server.restarted({ FLOWG_TEST_FAILPOINTS: `${failpoint}=kill@${hitFile}` });
        await expect(attempt.run(server), where).rejects.toThrow();
        expect(await server.ended()).toBe('SIGKILL');
        expect((await readFile(hitFile, 'utf8')).trim(), where).toBe(failpoint);
        hits.set(where, (hits.get(where) ?? 0) + 1);

        server = await server.restarted({ FLOWG_TEST_FAILPOINTS: '' });
        live = side === 'new' ? attempt.digests : before;
        expect(await digestsOf(server, token), where).toEqual(live);
        await expectNothingLeft(server.dataDir);
        if (name !== 'confirmation') {
          const { restores } = await server.ok('GET', '/api/v1/restores?limit=1', { token });
          expect(restores[0].outcome, where).toBe(side === 'new' ? 'succeeded' : 'interrupted');
        }
        await attempt.check?.(server, side);
      }

      console.log(`kills: ${JSON.stringify(Object.fromEntries(hits))}`);
      if (KILLS >= rounds.length) expect(hits.size).toBe(rounds.length);
      await server.stop();
      await rm(dataDir, { recursive: true });
      await rm(hitFile, { force: true });
    },
    Math.max(180_000, KILLS * 10_000),
  );
});

/** The generations that the pointer names, live or to be put back, and nothing that was on its way. */
async function expectNothingLeft(dataDir: string): Promise<void> {
  const pointer = JSON.parse(await readFile(join(dataDir, 'current.json'), 'utf8'));
  for (const name of [...NAMES, 'backup'] as const) {
    const kept: number[] = pointer.replaced.flatMap((state: any) => state.before[name] ?? []);
    const named = [...new Set([pointer.live[name], ...kept])].toSorted((a, b) => a - b);
    const files = (await readdir(join(dataDir, name))).filter((file) => /\.(db|part)$/.test(file));
    expect(files.toSorted(), name).toEqual(named.map((number) => `${String(number).padStart(4, '0')}.db`));
  }
}
