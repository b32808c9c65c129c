import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SqliteConnection } from '#src/database/sqlite/sqlite-connection.js';
import { compileFilter } from '#src/filter/compile-filter.js';
import { fieldSql } from '#src/filter/field-sql.js';
import { filterSql } from '#src/filter/filter-sql.js';
import type { Filter } from '#src/filter/filter.js';
import { parseFilter } from '#src/filter/parse-filter.js';
import { cases, RUNS } from './arbitraries.js';

let database: SqliteConnection;

beforeAll(async () => {
  database = await SqliteConnection.open(':memory:', 'create');
  // As in the migration of logs.
  await database.exec(`
    CREATE TABLE entry (
      id INTEGER PRIMARY KEY,
      fields TEXT NOT NULL CHECK (json_valid(fields) AND json_type(fields) = 'object')
    ) STRICT`);
});
afterAll(() => database.close());

/** Their ids are their places in the list. */
async function store(rows: string[]): Promise<void> {
  await database.exec('DELETE FROM entry');
  await database.all('INSERT INTO entry (id, fields) SELECT key, value FROM json_each(?)', [
    JSON.stringify(rows),
  ]);
}

async function idsBySql(filter: Filter): Promise<{ ids: number[]; exact: boolean }> {
  const { sql, parameters, exact } = filterSql(filter, 'entry.fields');
  const rows = await database.all<{ id: number; passes: unknown }>(
    `SELECT id, ${sql} AS passes FROM entry ORDER BY id`,
    parameters,
  );
  for (const { passes } of rows) expect([0, 1]).toContain(passes);
  return { ids: rows.filter(({ passes }) => passes === 1).map(({ id }) => id), exact };
}

describe('a filter as SQL', () => {
  it('finds the rows that the filter matches, whatever names, values and spelling of JSON', async () => {
    let runs = 0;
    let mixed = 0;
    let inexact = 0;
    let tooMany = 0;
    await fc.assert(
      fc.asyncProperty(cases, async ({ rows, filter }) => {
        await store(rows.map(({ json }) => json));
        const matches = compileFilter(filter);
        const expected = rows.flatMap(({ record }, id) => (matches(record) ? [id] : []));
        const { ids, exact } = await idsBySql(filter);
        if (exact) {
          expect(ids).toEqual(expected);
        } else {
          expect(ids.filter((id) => matches(rows[id]!.record))).toEqual(expected);
        }
        runs += 1;
        mixed += Number(expected.length > 0 && expected.length < rows.length);
        inexact += Number(!exact);
        tooMany += Number(ids.length > expected.length);
      }),
      { numRuns: RUNS },
    );
    // A property that is only ever tried with nothing or everything says little.
    expect(mixed / runs).toBeGreaterThan(0.4);
    expect(inexact / runs).toBeGreaterThan(0.25);
    expect(tooMany / runs).toBeGreaterThan(0.05);
  });

  it('reads each field exactly', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ rows }) => {
        await store(rows.map(({ json }) => json));
        const names = [...new Set(rows.flatMap(({ record }) => Object.keys(record)))];
        for (const name of names.filter((one) => !/\p{Surrogate}/u.test(one))) {
          const { sql, parameters } = fieldSql('entry.fields', name);
          const read = await database.all(
            `SELECT hex(${sql}) AS bytes FROM entry WHERE ${sql} IS NOT NULL ORDER BY id`,
            [...parameters, ...parameters],
          );
          const present = rows.filter(({ record }) => Object.hasOwn(record, name));
          expect(read).toEqual(present.map(({ record }) => ({ bytes: hexOfSqlite(record[name]!) })));
        }
      }),
      { numRuns: Math.ceil(RUNS / 20) },
    );
  });

  it('is a statement that SQLite takes, however large the filter', async () => {
    await store(['{"a":"1"}', '{"a":"2"}', '{}']);
    const chained = (count: number, word: string, one: string) =>
      Array.from({ length: count }, () => one).join(word);
    let deep = 'a = "1"';
    for (let level = 0; level < 100; level++)
      deep = `(${deep} and ${chained(3, ' and ', 'a != "2"')} or ${chained(5, ' or ', 'a endsWith "1"')})`;
    let negated = 'a = "1"';
    for (let level = 0; level < 50; level++) negated = `not (${negated} and a = "1" or a = "2")`;
    const listed = Array.from({ length: 10_000 }, (_, n) => `"${(n % 999) + 2}"`).join(',');
    for (const [text, ids] of [
      [chained(1000, ' or ', 'a = "1"'), [0]],
      [chained(1000, ' and ', 'a = "1"'), [0]],
      [chained(1000, ' or ', 'a endsWith "1"'), [0]],
      [`a in [${listed}]`, [1]],
      [`${'!'.repeat(99)}a = "1"`, [1, 2]],
      [deep, [0]],
      [negated, [0, 2]],
    ] as const)
      expect((await idsBySql(parseFilter(text))).ids, text.slice(0, 50)).toEqual(ids);
  });
});

/** The bytes that SQLite makes of a value: halves of surrogate pairs are encoded one by one. */
function hexOfSqlite(value: string): string {
  return Array.from(value, (character) => {
    const code = character.codePointAt(0)!;
    if (code < 0xd800 || code > 0xdfff) return Buffer.from(character).toString('hex');
    return [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)]
      .map((byte) => byte.toString(16))
      .join('');
  })
    .join('')
    .toUpperCase();
}
