import { afterAll, beforeAll, expect, it } from 'vitest';
import { EventStream } from '../logs/event-stream.js';
import { ALWAYS, LogsClient } from '../logs/logs-client.js';
import { NAMES, upload } from '../support/backup-client.js';
import { TestServer } from '../support/test-server.js';
import { makeTwoStates, type SavedState } from '../support/two-states.js';

/** Restores of each database while others read. */
const RESTORES = Math.ceil(Number(process.env.FLOWG_TEST_RESTORES ?? 80) / 10);

const READS = ['read_acls', 'read_pipelines', 'read_transformers', 'read_alerts', 'read_streams'];
const PATHS = [
  '/api/v1/auth/whoami',
  '/api/v1/users',
  '/api/v1/roles',
  '/api/v1/pipelines',
  '/api/v1/transformers',
  '/api/v1/streams/default/usage',
  `/api/v1/streams/default/logs?${ALWAYS}`,
  `/api/v1/streams/default/logs?${ALWAYS}&filter=${encodeURIComponent('message matches "9$"')}`,
];

let server: TestServer;
let root: LogsClient;
let states: SavedState[];
/** Somebody who may read everything in both states, and something else besides in each. */
let reader: string;
/** What each path answers in each state. */
const answers: Record<string, [string, string]> = {};

beforeAll(async () => {
  server = await TestServer.start({ env: { FLOWG_WATCH_HEARTBEAT_SECONDS: '1' } });
  const token = await server.createToken(await server.login());
  root = new LogsClient(server, token);
  reader = await server.createToken(await server.createUser(token, 'reader', [...READS, 'send_logs']));
  await root.route('to-watched', 'watched');
  states = await makeTwoStates(server, token, async () => {
    await root.ok('PUT', 'roles/reader-role', { scopes: [...READS, 'write_alerts'] });
    await root.route('second', 'second');
  });
  for (const path of PATHS) answers[path] = ['', ''];
  for (const turn of [0, 1] as const) {
    for (const name of NAMES) await restore(name, turn);
    for (const path of PATHS) answers[path]![turn] = await read(path);
  }
});
afterAll(() => server.stop());

async function restore(name: (typeof NAMES)[number], turn: number): Promise<void> {
  const { status, text } = await upload(server, root.token!, name, states[turn]!.backups[name]);
  expect(status, text).toBe(200);
}

async function read(path: string): Promise<string> {
  const { status, text } = await server.request('GET', path, { token: reader });
  expect(status, `${path}: ${text}`).toBe(200);
  return text;
}

it(
  `during ${RESTORES} restores of each database every answer is wholly that of one state`,
  { timeout: 60_000 + RESTORES * 10_000 },
  async () => {
    for (const path of PATHS) expect(answers[path]![0], 'can be told apart').not.toBe(answers[path]![1]);
    const seen = Object.fromEntries(PATHS.map((path) => [path, [0, 0]]));
    let going = true;
    const readers = PATHS.map(async (path) => {
      while (going) {
        const turn = answers[path]!.indexOf(await read(path));
        expect(turn, `${path} answers neither the one nor the other`).toBeGreaterThanOrEqual(0);
        seen[path]![turn]!++;
      }
    });
    const watch = await EventStream.open(server, '/api/v1/streams/watched/logs/watch', { token: reader });
    const told: string[] = [];

    const restoring = async () => {
      for (let round = 0; round < RESTORES * NAMES.length; round++) {
        const name = NAMES[round % NAMES.length]!;
        const turn = Math.floor(round / NAMES.length) % 2;
        await restore(name, turn);
        await root.ingest('to-watched', { n: String(round) });
        told.push(String(round));
        if (name !== NAMES.at(-1)) continue;
        // All three are back: whoever asks from now on sees nothing else.
        for (const path of PATHS) expect(await read(path), path).toBe(answers[path]![turn]);
      }
    };
    await restoring().finally(() => (going = false));
    await Promise.all(readers);

    await watch.until(({ records }) => records.length >= told.length);
    expect(watch.records.map(({ fields }) => fields.n)).toEqual(told);
    expect(watch.ended).toBe(false);
    watch.close();
    console.log(`answers during restores, in the first and in the second state: ${JSON.stringify(seen)}`);
    for (const path of PATHS) expect(Math.min(...seen[path]!), path).toBeGreaterThan(0);
  },
);

it('a watch whose right a restore takes away ends, and says why', async () => {
  await restore('auth', 0);
  const jwt = await server.createUser(root.token!, 'guest', ['read_streams']);
  const watch = await EventStream.open(server, '/api/v1/streams/watched/logs/watch', { token: jwt });
  expect(watch.response.status).toBe(200);
  await restore('auth', 1);
  await watch.until(({ ended }) => ended);
  expect(watch.events.at(-1)).toMatchObject({ event: 'error' });
});
