import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Digests, digestsOf } from '../support/backup-client.js';
import { strayFiles } from '../support/live-state.js';
import { TestServer } from '../support/test-server.js';
import { killOperations, makeState } from './kill-operations.js';

const KILLS = Number(process.env.FLOWG_TEST_KILLS ?? 32);

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
        const after = await digestsOf(server, token);
        if (side === 'old') expect(after, where).toEqual(before);
        else if (attempt.digests) expect(after, where).toEqual(attempt.digests);
        else expect(after, where).not.toEqual(before);
        expect(await strayFiles(server.dataDir), where).toEqual([]);
        if (!operations[name]!.outcomeUnknown) {
          const { restores } = await server.ok('GET', '/api/v1/restores?limit=1', { token });
          expect(restores[0].outcome, where).toBe(side === 'new' ? 'succeeded' : 'interrupted');
        }
        await attempt.check?.(server, side);
        live = attempt.check ? await digestsOf(server, token) : after;
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
