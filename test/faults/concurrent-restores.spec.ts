import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RestorableName } from '#src/database/database.js';
import { digestOf, ingest, NAMES, upload } from '../support/backup-client.js';
import { liveDigests, liveFiles, strayDescriptors, strayFiles } from '../support/live-state.js';
import { TestServer } from '../support/test-server.js';
import { makeTwoStates, type SavedState, saveState } from '../support/two-states.js';

/** Requests of all clients together; every fourth one is a backup, the others are restores. */
const REQUESTS = Number(process.env.FLOWG_TEST_RESTORES ?? 80);
const CLIENTS = 8;

let server: TestServer;
let token: string;
let states: SavedState[];

beforeAll(async () => {
  server = await TestServer.start();
  token = await server.createToken(await server.login());
  states = await makeTwoStates(server, token);
  await server.ok('PUT', '/api/v1/roles/third', { token, json: { scopes: ['send_logs'] } });
  await server.ok('PUT', '/api/v1/transformers/third', { token, json: { script: '. = {}' } });
  await ingest(server, token, 5, 'third');
  states.push(await saveState(server, token));
});
afterAll(() => server.stop());

it(
  `of ${CLIENTS} clients that restore at once one wins, the others are told, and the last winner's state stays`,
  { timeout: 60_000 + REQUESTS * 1000 },
  async () => {
    const wins: Record<RestorableName, { generation: number; digest: string }[]> = {
      auth: [],
      config: [],
      logs: [],
    };
    let conflicts = 0;
    let backups = 0;

    const restore = async (name: RestorableName, state: SavedState) => {
      const { status, body, text } = await upload(server, token, name, state.backups[name]);
      if (status === 200)
        return wins[name].push({ generation: body.generation, digest: state.digests[name] });
      expect(status, text).toBe(409);
      expect(body.error).toMatch(new RegExp(`^a restore of ${name} is running since .*: try again`));
      conflicts++;
    };
    const backUp = async (name: RestorableName) => {
      const response = await server.fetch('GET', `/api/v1/backup/${name}`, { token });
      expect(response.status).toBe(200);
      const digest = await digestOf(Buffer.from(await response.arrayBuffer()));
      expect(states.map(({ digests }) => digests[name])).toContain(digest);
      backups++;
    };

    let next = 0;
    const client = async () => {
      while (next < REQUESTS) {
        const number = next++;
        // Neighbours mostly want the same database, each with another file.
        const name = NAMES[Math.floor(number / CLIENTS) % NAMES.length]!;
        await (number % 4 === 3 ? backUp(name) : restore(name, states[number % states.length]!));
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));

    const live = await liveDigests(server.dataDir);
    const files = await liveFiles(server.dataDir);
    for (const name of NAMES) {
      const last = wins[name].reduce((newest, win) => (win.generation > newest.generation ? win : newest));
      expect(new Set(wins[name].map(({ generation }) => generation)).size).toBe(wins[name].length);
      expect(files[name]).toContain(`${String(last.generation).padStart(4, '0')}.db`);
      expect(live[name], name).toBe(last.digest);
    }
    await expect.poll(() => strayFiles(server.dataDir)).toEqual([]);
    await expect.poll(() => strayDescriptors(server.dataDir, server.pid)).toEqual([]);
    const won = NAMES.reduce((sum, name) => sum + wins[name].length, 0);
    console.log(`restores at once: ${won} won, ${conflicts} were told to wait; ${backups} backups`);
    expect(conflicts).toBeGreaterThan(0);
    const { restores } = await server.ok('GET', '/api/v1/restores?limit=1000', { token });
    const outcomes = restores.map(({ outcome }: { outcome: string }) => outcome);
    if (REQUESTS <= 1000)
      expect(outcomes.filter((outcome: string) => outcome === 'succeeded')).toHaveLength(won);
  },
);
