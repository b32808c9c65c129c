import { afterEach, expect, it } from 'vitest';
import { authSchema } from '#src/auth/auth.schema.js';
import { askDatabase } from '#src/backup/proof/ask-database.js';
import { configSchema } from '#src/config/config.schema.js';
import type { RestorableName, RowCounts } from '#src/database/database.js';
import { logsSchema } from '#src/logs/logs.schema.js';
import { stagedInMemory, type StagedInMemory } from '../support/staged-in-memory.js';

const SCHEMAS = { auth: authSchema, config: configSchema, logs: logsSchema };

let open: StagedInMemory[] = [];
afterEach(async () => {
  for (const staged of open) await staged.close();
  open = [];
});

/** What comes of asking a database of these rows, which no check has looked at. */
async function ask(
  database: RestorableName,
  rows: RowCounts,
  statements: string[] = [],
  signal = new AbortController().signal,
) {
  const staged = await stagedInMemory({
    ...SCHEMAS[database],
    name: database,
    directory: '',
    durability: 'full',
  });
  open.push(staged);
  for (const statement of statements) await staged.query(statement);
  return askDatabase({ ...staged.generation, database, rows }, signal);
}

const STREAM = [
  `INSERT INTO stream (id, name, entry_count) VALUES (1, 'shop', 2)`,
  `INSERT INTO entry (id, stream_id, timestamp_ms, sub_ns, fields)
   VALUES (1, 1, 1700000000000, 0, '{"app":"web"}'), (2, 1, 1700000001000, 5, '{"app":"cart"}')`,
];
const LOGS = { streams: 1, entries: 2 };
const INDEX = `INSERT INTO stream_index (id, stream_id, field) VALUES (1, 1, '"app"')`;

it('an empty database has nothing to say, and that is right', async () => {
  const questions = async (name: RestorableName, rows: RowCounts) =>
    (await ask(name, rows)).map(({ question, found }) => [question, found]);
  expect(await questions('auth', { users: 0, roles: 0, tokens: 0 })).toEqual([
    ['users', 0],
    ['roles', 0],
    ['tokens', 0],
    ['permissions', 0],
  ]);
  expect(await questions('config', { transformers: 0, pipelines: 0, alerts: 0 })).toHaveLength(6);
  expect(await questions('logs', { streams: 0, entries: 0 })).toEqual([['streams', 0]]);
});

it('logs are found by time and by value', async () => {
  const found = (await ask('logs', LOGS, STREAM)).map(({ question, found: count }) => [question, count]);
  expect(found).toEqual([
    ['streams', 1],
    ['fields of the stream "shop"', 0],
    ['newest logs of the stream "shop"', 2],
    ['logs of the last hour of the stream "shop"', 2],
    ['logs with a value of the stream "shop"', 1],
  ]);
});

it('what has expired is not missed', async () => {
  const expired = [...STREAM, 'UPDATE entry SET expires_ms = 1 WHERE id = 2'];
  const found = (await ask('logs', LOGS, expired)).map(({ found: count }) => count);
  expect(found).toEqual([1, 0, 1, 1, 1]);
});

it.each<[what: string, database: RestorableName, rows: RowCounts, statements: string[], text: RegExp]>([
  [
    'fewer users than were counted',
    'auth',
    { users: 2, roles: 0, tokens: 0 },
    [`INSERT INTO users (name, password_hash) VALUES ('ann', 'x')`],
    /the auth database does not answer as it should: asked for users, it finds 1 of 2/,
  ],
  [
    'definitions that cannot be read',
    'config',
    { transformers: 0, pipelines: 1, alerts: 0 },
    [`INSERT INTO pipelines (name, flow) VALUES ('odd', '{"nodes":7}')`],
    /the config database does not answer as it should: /,
  ],
  [
    'an index in which the newest log is not',
    'logs',
    LOGS,
    [...STREAM, INDEX],
    /the newest log of the stream "shop" is not among those with its value/,
  ],
  [
    'a table that is gone',
    'logs',
    LOGS,
    [...STREAM, 'DROP TABLE stream_field'],
    /the logs database does not answer as it should: .*no such table/,
  ],
])('a database does not pass that has %s', async (_what, database, rows, statements, text) => {
  await expect(ask(database, rows, statements)).rejects.toMatchObject({
    name: 'ProofFailure',
    check: 'queries',
    message: expect.stringMatching(text),
  });
});

it('ends with its signal', async () => {
  const reason = new Error('nobody waits');
  await expect(ask('logs', LOGS, STREAM, AbortSignal.abort(reason))).rejects.toBe(reason);
});
