import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Converted,
  type ConversionOptions,
  runConversion,
} from '#src/backup/flowg-import/run-conversion.js';
import type { RestorableName } from '#src/database/database.js';
import { SqliteConnection } from '#src/database/sqlite/sqlite-connection.js';
import { type BadgerKey, badgerStream } from './badger-stream.js';
import { authKeys, entryKey, type FlowgEntry, logsKeys } from './flowg-databases.js';

let folder: string;
let count = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowg-conversion-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function convert(
  database: RestorableName,
  bytes: Buffer,
  { diskReserveBytes = 0, ...options }: Partial<ConversionOptions> & { diskReserveBytes?: number } = {},
): Promise<Converted> {
  const path = (name: string) => join(folder, `${count}-${name}`);
  count++;
  const [sourcePath, sorterPath, outputPath] = [path('source'), path('sorter'), path('output')];
  await writeFile(sourcePath, bytes);
  const task = { form: 'badger', database, sourcePath, sorterPath, outputPath, diskReserveBytes } as const;
  return runConversion(task, { idleSeconds: 60, ...options });
}

async function rows(converted: Converted, sql: string): Promise<unknown[]> {
  const connection = await SqliteConnection.open(converted.file.path, 'readonly');
  try {
    return (await connection.all(sql)).map((row) => Object.values(row));
  } finally {
    await connection.close();
  }
}

const stream = (keys: BadgerKey[]) => badgerStream(keys, 2);

it('of several versions of a key the newest counts, wherever it stands', async () => {
  const role = (name: string, version: number, more: Partial<BadgerKey> = {}) => ({
    key: `index:role:${name}`,
    version,
    ...more,
  });
  const past = Math.floor(Date.now() / 1000) - 10;
  const converted = await convert(
    'auth',
    stream([
      role('deleted', 9, { deleted: true }),
      role('deleted', 8),
      role('back', 7, { deleted: true }),
      role('kept', 1),
      role('back', 2 ** 40),
      role('expired', 5, { expiresAt: past }),
      role('expired', 4),
      role('lasting', 3, { expiresAt: past + 1000 }),
      role('kept', 300, { deleted: true }),
      role('kept', 70_000),
      role('deleted', 7),
    ]),
  );
  expect(await rows(converted, 'SELECT name FROM roles ORDER BY name')).toEqual([
    ['back'],
    ['kept'],
    ['lasting'],
  ]);
});

describe('names with colons', () => {
  const USERS = [
    { name: 'a', roles: ['x'] },
    { name: 'a:b', roles: ['x:y', 'role:z'] },
  ];
  const ROLES = { x: ['send_logs'], 'x:y': ['read_acls'] };

  it.each([
    ['up to v0.60', ':'],
    ['in keys that v0.61 took over', '\x1b'],
  ])('%s belong to whom they did', async (_when, separator) => {
    const keys = authKeys({ users: USERS, roles: ROLES }, ':').map(({ key, ...rest }) =>
      Object.assign(rest, { key: String(key).replaceAll(':', separator) }),
    );
    const converted = await convert('auth', stream(keys));
    expect(await rows(converted, 'SELECT "user", role FROM user_roles ORDER BY 1, 2')).toEqual([
      ['a', 'x'],
      ['a:b', 'role:z'],
      ['a:b', 'x:y'],
    ]);
    expect(await rows(converted, 'SELECT role, scope FROM role_scopes ORDER BY 1')).toEqual([
      ['x', 'send_logs'],
      ['x:y', 'read_acls'],
    ]);
  });

  it('of streams and fields, too', async () => {
    const entry = { stream: 'web:eu', timestamp: '2026-01-31T09:30:00Z', fields: { 'http:status': '500' } };
    const streams = {
      web: {},
      'web:eu': { fields: ['http:status', 'old:field'], config: { indexed_fields: ['http:status'] } },
    };
    const converted = await convert('logs', stream(logsKeys(streams, [entry])));
    expect(await rows(converted, 'SELECT name, entry_count FROM stream ORDER BY name')).toEqual([
      ['web', 0],
      ['web:eu', 1],
    ]);
    expect(
      await rows(
        converted,
        'SELECT stream.name AS stream, stream_field.name AS field FROM stream_field JOIN stream ON stream.id = stream_id ORDER BY 2',
      ),
    ).toEqual([
      ['web:eu', '"http:status"'],
      ['web:eu', '"old:field"'],
    ]);
  });
});

describe('logs', () => {
  it('get ids in the order of time, whatever the order of streams and blocks', async () => {
    const at = (streamName: string, timestamp: string): FlowgEntry => ({
      stream: streamName,
      timestamp,
      fields: { t: timestamp },
    });
    // More than are looked at together, and the older ones in the stream that comes later in the file.
    const minutes = Array.from({ length: 1200 }, (_, index) => new Date(1_769_000_000_000 + index * 60_000));
    const times = [
      ...minutes.map((time, index) => at(index < 600 ? 'z' : 'b', time.toISOString().replace('.000', ''))),
      at('z', '2026-01-31T09:30:00.000000002Z'),
      at('a', '2026-01-31T09:30:00.000000001Z'),
      at('a', '2026-01-31T09:29:59.999999999Z'),
      at('m', '2026-01-31T09:30:00.001Z'),
      at('z', '1999-12-31T23:59:59Z'),
    ];
    const converted = await convert('logs', stream(logsKeys({}, times)));
    const order = await rows(converted, "SELECT id, fields ->> '$.t' FROM entry ORDER BY id");
    const sorted = times.map(({ timestamp }) => timestamp).toSorted();
    expect(order).toEqual(sorted.map((timestamp, index) => [index + 1, timestamp]));
  });

  it('that cannot be taken over are told, and the others come', async () => {
    const good = { stream: 's', timestamp: '2026-01-31T09:30:00Z', fields: { a: '1' } };
    const odd = (value: string | Buffer) => ({ key: entryKey(good), value });
    const converted = await convert(
      'logs',
      stream([
        ...logsKeys({ s: {}, ['n'.repeat(300)]: {} }, [good]),
        odd('no JSON'),
        odd('{"timestamp":"2026-01-31T09:30:00Z","fields":{"a":1}}'),
        odd(Buffer.from([0x7b, 0xff, 0x7d])),
        { key: 'entry:s:soon:00000000-0000-4000-8000-000000000000', value: '{}' },
        { key: 'entry:s:00000999999999999999:00000000-0000-4000-8000-000000000000', value: '{}' },
        { key: 'stream:config:t', value: '{"ttl":"for ever"}' },
        { key: 'stream:colour:t' },
        { key: 'weather:today' },
        { key: Buffer.from([0x65, 0xff]) },
      ]),
    );
    expect(await rows(converted, 'SELECT name FROM stream ORDER BY name')).toEqual([['s'], ['t']]);
    expect(await rows(converted, 'SELECT fields FROM entry')).toEqual([['{"a":"1"}']]);
    const { skipped } = converted.report;
    expect(skipped.count).toBe(10);
    expect(skipped.first.map(({ kind }) => kind).toSorted()).toEqual([
      ...Array.from({ length: 5 }, () => 'entry'),
      'key',
      'key',
      'key',
      'settings of stream',
      'stream',
    ]);
  });

  it('that are too many to be named are counted', async () => {
    const entry = { stream: 's', timestamp: '2026-01-31T09:30:00Z', fields: {} };
    const keys = Array.from({ length: 1000 }, () => ({ key: entryKey(entry), value: '{' }));
    const { report } = await convert('logs', badgerStream([...keys, ...logsKeys({ s: {} }, [entry])]));
    expect(report.skipped.count).toBe(1000);
    expect(report.skipped.first).toHaveLength(100);
  });

  it('of a database into which keys of another got', async () => {
    const foreign = authKeys({ users: [{ name: 'ann', roles: [] }], roles: {} });
    const { report } = await convert('logs', stream([...foreign, ...logsKeys({ s: {} }, [])]));
    expect(report.skipped.first).toEqual([
      { kind: 'keys', name: 'auth', reason: "2 keys belong to FlowG's auth database" },
    ]);
  });
});

describe('a conversion', () => {
  const keys = logsKeys({ s: {} }, []);

  it('makes a file that is its own proof: what it holds is what it says', async () => {
    const converted = await convert('logs', stream(keys));
    expect((await stat(converted.file.path)).size).toBe(converted.file.bytes);
    expect(await rows(converted, 'SELECT database, row_counts FROM manifest')).toEqual([
      ['logs', '{"streams":1,"entries":0}'],
    ]);
  });

  it('that would take the reserve of the disk ends as a full disk', async () => {
    await expect(convert('logs', stream(keys), { diskReserveBytes: 2 ** 52 })).rejects.toMatchObject({
      code: 'INSUFFICIENT_STORAGE',
      message: expect.stringMatching(/no room for this/),
    });
  });

  it('that does not go on is given up', async () => {
    await expect(convert('logs', stream(keys), { idleSeconds: 0.01 })).rejects.toMatchObject({
      check: 'structure',
      message: expect.stringMatching(/made no progress for 0 seconds/),
    });
  });

  it('that nobody waits for ends at once', async () => {
    const reason = new Error('gone');
    await expect(convert('logs', stream(keys), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const gone = new AbortController();
    const converting = convert('logs', stream(keys), { signal: gone.signal });
    setTimeout(() => gone.abort(reason), 50);
    await expect(converting).rejects.toBe(reason);
  });
});
