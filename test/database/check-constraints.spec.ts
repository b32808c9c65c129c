import { describe, expect, it } from 'vitest';
import { authSchema } from '#src/auth/auth.schema.js';
import { configSchema } from '#src/config/config.schema.js';
import { expectedSchemas } from '#src/database/portable-file/expected-schema.js';
import { checkConstraints } from '#src/database/portable-file/check-constraints.js';
import { logsSchema } from '#src/logs/logs.schema.js';

describe('CHECK constraints of a table', () => {
  it.each([
    ['CREATE TABLE t (a TEXT)', []],
    ['CREATE TABLE t (a TEXT CHECK (a > 0), b INTEGER check(b<1))', ['(a > 0)', '(b<1)']],
    ['CREATE TABLE t (a TEXT CHECK ((a) IN (1, (2))), CHECK (a))', ['((a) IN (1, (2)))', '(a)']],
    [`CREATE TABLE t (a TEXT DEFAULT 'CHECK (' CHECK (a <> ')''('))`, [`(a <> ')''(')`]],
    ['CREATE TABLE t ("check" TEXT, [(] TEXT CHECK ("check" <> [(]))', ['("check" <> [(])']],
    ['CREATE TABLE t (a TEXT -- CHECK (b\n CHECK (a /* ) */ > 1))', ['(a /* ) */ > 1)']],
  ])('%s', (sql, expressions) => {
    expect(checkConstraints(sql)).toEqual(expressions);
  });

  it.each([
    ['auth', authSchema],
    ['config', configSchema],
    ['logs', logsSchema],
  ] as const)('are all found in each version of %s', async (name, schema) => {
    for (const { objects } of await expectedSchemas({ ...schema, name, directory: '', durability: 'full' }))
      for (const { sql, type } of objects.filter((object) => object.type === 'table')) {
        const written = sql!.match(/\bCHECK\b/g) ?? [];
        expect(checkConstraints(sql!), `${type} ${sql}`).toHaveLength(written.length);
      }
  });
});
