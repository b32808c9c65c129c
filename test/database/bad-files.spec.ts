import { execFileSync } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SqliteConnection } from '#src/database/sqlite/sqlite-connection.js';
import {
  addNotes,
  backUp,
  incoming,
  liveDigest,
  openToy,
  restore,
  type Toy,
} from '../support/toy-database.js';

let toy: Toy;
let dataDir: string;
let good: Buffer;
let goodFile: string;
let digest: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'flowg-floor-'));
  goodFile = join(dataDir, 'good.db');
  toy = await openToy(dataDir);
  await addNotes(toy.notes, 300);
  good = await backUp(toy.notes, goodFile);
  digest = await liveDigest(toy.notes);
});

afterAll(async () => {
  await toy.databases.onApplicationShutdown();
  await rm(dataDir, { recursive: true });
});

/** The good file after some SQL that a person with a database tool might run on it. */
async function changedBy(sql: string, from = goodFile): Promise<Buffer> {
  const file = join(dataDir, 'changed.db');
  await copyFile(from, file);
  const connection = await SqliteConnection.open(file, 'readwrite');
  await connection.exec(sql);
  await connection.close();
  const bytes = await readFile(file);
  await rm(file);
  return bytes;
}

function withBytes(offset: number, ...values: number[]): Buffer {
  const bytes = Buffer.from(good);
  bytes.set(values, offset);
  return bytes;
}

async function refusalOf(content: Buffer): Promise<{ check: string; message: string }> {
  return toy.notes.stage(await incoming(toy.notes, content)).then(
    async (staged) => {
      await staged.discard();
      return { check: 'accepted', message: '' };
    },
    (error) => ({ check: error.check ?? 'not a refusal', message: error.message }),
  );
}

const SCHEMA_CHANGES: [what: string, sql: string][] = [
  ['a trigger', `CREATE TRIGGER evil AFTER INSERT ON note BEGIN DELETE FROM note; END`],
  ['a view', 'CREATE VIEW evil AS SELECT * FROM note'],
  ['a view in place of a table', 'DROP TABLE note; CREATE VIEW note AS SELECT 1 AS id'],
  ['a virtual table', 'CREATE VIRTUAL TABLE evil USING fts5(body)'],
  ['an extra table', 'CREATE TABLE evil (id INTEGER)'],
  ['an extra index', 'CREATE INDEX evil ON note (body)'],
  ['an index on an expression', 'CREATE INDEX evil ON note (abs(id))'],
  ['an extra column', 'ALTER TABLE note ADD COLUMN evil TEXT'],
  ['a generated column', 'ALTER TABLE note ADD COLUMN evil TEXT GENERATED ALWAYS AS (body) VIRTUAL'],
  ['a missing table', 'DROP TABLE note'],
  ['a missing index', 'DROP INDEX note_by_author'],
  ['an invented migration', `INSERT INTO migrations (timestamp, name) VALUES (1, 'Evil1')`],
  ['no room for the next migration', 'UPDATE sqlite_sequence SET seq = 9223372036854775807'],
  [
    'a migration with the highest number there is',
    'UPDATE migrations SET id = 9223372036854775807 WHERE id = 2',
  ],
  [
    'a weakened constraint',
    `PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, '100000', '900000') WHERE name = 'note'`,
  ],
];

const CONTENT_CHANGES: [what: string, check: string, sql: string][] = [
  [
    'an index that does not say what its table says',
    'structure',
    `PRAGMA writable_schema = ON;
     CREATE TEMP TABLE hidden AS SELECT * FROM sqlite_schema WHERE name = 'note_by_author';
     DELETE FROM sqlite_schema WHERE name = 'note_by_author'; PRAGMA writable_schema = RESET;
     UPDATE author SET name = 'bob'; UPDATE note SET author = 'bob';
     PRAGMA writable_schema = ON; INSERT INTO sqlite_schema SELECT * FROM hidden`,
  ],
  ['a row that points nowhere', 'references', `UPDATE note SET author = 'nobody' WHERE id = 1`],
  [
    'a value that breaks a constraint',
    'structure',
    `PRAGMA ignore_check_constraints = ON; UPDATE note SET body = hex(zeroblob(60000)) WHERE id = 1`,
  ],
  ['rows that the manifest does not know', 'rows', `INSERT INTO note (author, body) VALUES ('ann', 'more')`],
  ['no manifest', 'manifest', 'DELETE FROM manifest'],
  ['the manifest of another database', 'manifest', `UPDATE manifest SET database = 'auth'`],
  ['a manifest with nonsense counts', 'manifest', `UPDATE manifest SET row_counts = '{"notes":"many"}'`],
  ['a manifest with a nonsense instant', 'manifest', `UPDATE manifest SET instant = 'yesterday'`],
  [
    'a manifest with an instant of any length',
    'manifest',
    `UPDATE manifest SET instant = '1 Jan 2026 (' || hex(zeroblob(500000)) || ')'`,
  ],
];

describe('a bad file is refused by the first check it fails', () => {
  const cases: [what: string, check: string, make: () => Buffer | Promise<Buffer>, text: RegExp][] = [
    ['text', 'header', () => Buffer.from('hello\n'.repeat(100)), /does not begin as an SQLite database/],
    ['a few bytes', 'header', () => good.subarray(0, 50), /does not begin/],
    [
      'random bytes',
      'header',
      () => Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251)),
      /./,
    ],
    [
      'a page size that does not exist',
      'header',
      () => withBytes(16, 0x0f, 0x01),
      /header of the file is damaged/,
    ],
    [
      'a cache size of its own',
      'header',
      () => changedBy('PRAGMA default_cache_size = 2000000'),
      /header of the file is damaged/,
    ],
    ['UTF-16', 'header', () => withBytes(56, 0, 0, 0, 2), /header of the file is damaged/],
    [
      'a foreign SQLite database',
      'kind',
      () => withBytes(68, 0, 0, 0, 0),
      /not a backup made by this server/,
    ],
    [
      'the backup of another database',
      'kind',
      () => withBytes(71, 'L'.charCodeAt(0)),
      /backup of the logs database, not of config: send it to \/api\/v1\/restore\/logs/,
    ],
    ['no version', 'version', () => withBytes(60, 0, 0, 0, 0), /no schema version/],
    ['a newer version', 'version', () => withBytes(60, 0, 0, 0, 9), /schema version 9/],
    ['a file cut at a page', 'size', () => good.subarray(0, good.length - 4096), /cut short/],
    ['a file cut anywhere', 'size', () => good.subarray(0, good.length - 1), /cut short/],
    [
      'a file with more behind it',
      'size',
      () => Buffer.concat([good, Buffer.alloc(4096)]),
      /followed by something/,
    ],
    ['a page count that lies', 'size', () => withBytes(28, 0x00, 0x10, 0x00, 0x00), /cut short/],
  ];
  it.each(cases)('%s', async (_what, check, make, text) => {
    const refusal = await refusalOf(await make());
    expect(refusal.check).toBe(check);
    expect(refusal.message).toMatch(text);
  });

  it.each(SCHEMA_CHANGES)('%s', async (_what, sql) => {
    expect(await refusalOf(await changedBy(sql))).toMatchObject({ check: 'schema' });
  });

  it.each(CONTENT_CHANGES)('%s', async (_what, check, sql) => {
    expect(await refusalOf(await changedBy(`PRAGMA foreign_keys = OFF; ${sql}`))).toMatchObject({ check });
  });
});

describe('a large file, which several processes check', () => {
  let largeFile: string;
  beforeAll(async () => {
    largeFile = join(dataDir, 'large.db');
    await copyFile(goodFile, largeFile);
    await writeFile(largeFile, await changedBy(growBy(200), largeFile));
  });
  /** Above the size up to which one process does it all. */
  const growBy = (notes: number) =>
    `INSERT INTO note (author, body)
       WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${notes})
       SELECT 'ann', hex(zeroblob(45000)) FROM n;
     UPDATE manifest SET row_counts = json_set(row_counts, '$.notes', 300 + ${notes})`;

  it('is accepted', async () => {
    const bytes = await changedBy('VACUUM', largeFile);
    expect(bytes.length).toBeGreaterThan(16 * 1024 * 1024);
    expect(await refusalOf(bytes)).toMatchObject({ check: 'accepted' });
  });

  it.each(CONTENT_CHANGES)('%s', async (_what, check, sql) => {
    const bytes = await changedBy(`PRAGMA foreign_keys = OFF; ${sql}`, largeFile);
    expect(await refusalOf(bytes)).toMatchObject({ check });
  });

  const pointsTo = (author: string) => `UPDATE note SET author = '${author}' WHERE id = 7`;
  const unknownRow = `INSERT INTO note (author, body) VALUES ('ann', 'more')`;
  it.each([
    ['references', pointsTo('a')],
    ['references', pointsTo('z')],
    ['manifest', `${pointsTo('z')}; DELETE FROM manifest`],
    ['references', `${pointsTo('z')}; ${unknownRow}`],
    [
      'structure',
      `${pointsTo('z')}; PRAGMA ignore_check_constraints = ON;
       UPDATE note SET body = hex(zeroblob(60000)) WHERE id = 1; ${unknownRow}`,
    ],
  ])('is refused by "%s" after %s', async (check, sql) => {
    const bytes = await changedBy(`PRAGMA foreign_keys = OFF; ${sql}`, largeFile);
    expect(await refusalOf(bytes)).toMatchObject({ check });
  });
});

describe('whatever bytes are changed', () => {
  it('the file is refused, or restores into a sound database; the server lives on', async () => {
    const mutations = Number(process.env.FLOWG_TEST_MUTATIONS ?? 40);
    const outcomes: Record<string, number> = {};
    let seed = 12345;
    const next = (below: number) => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % below;
    for (let round = 0; round < mutations; round++) {
      const bytes = Buffer.from(good);
      const flips = 1 + next(3);
      for (let flip = 0; flip < flips; flip++) {
        // Half of the flips hit the beginning of a page, where the structure is.
        const page = next(bytes.length / 4096) * 4096;
        const offset = page + (round % 2 ? next(120) : next(4096));
        bytes[offset]! ^= 1 << next(8);
      }
      const { check } = await refusalOf(bytes);
      expect(check).not.toBe('not a refusal');
      outcomes[check] = (outcomes[check] ?? 0) + 1;
    }
    console.log(`mutated files: ${JSON.stringify(outcomes)}`);
    expect(await liveDigest(toy.notes)).toBe(digest);
  });
});

describe('a good file', () => {
  it('is accepted, also after a tool has rewritten its pages', async () => {
    await restore(toy, await changedBy('VACUUM'));
    expect(await liveDigest(toy.notes)).toBe(digest);
    await restore(toy, await changedBy('PRAGMA journal_mode = WAL'));
    expect(await liveDigest(toy.notes)).toBe(digest);
    await restore(toy, await changedBy('PRAGMA page_size = 16384; VACUUM'));
    expect(await liveDigest(toy.notes)).toBe(digest);
  });

  it('opens with the sqlite3 program', ({ skip }) => {
    let found = true;
    try {
      execFileSync('sqlite3', ['-version']);
    } catch {
      found = false;
    }
    skip(!found, 'sqlite3 is not installed');
    const answer = execFileSync('sqlite3', [goodFile, 'PRAGMA integrity_check; SELECT count(*) FROM note']);
    expect(answer.toString()).toBe('ok\n300\n');
  });

  it('is refused when a check is asked for by a file that is not there', async () => {
    await writeFile(join(dataDir, 'gone'), '');
    await expect(
      toy.notes.stage({ path: join(dataDir, 'nowhere'), bytes: 1, sha256: '' }),
    ).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
