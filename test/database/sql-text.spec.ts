import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { sqlText } from '#src/database/sql-text.js';
import { SqliteConnection } from '#src/database/sqlite/sqlite-connection.js';

it('any text without NUL arrives as it is, whatever it looks like to SQL', async () => {
  const connection = await SqliteConnection.open(':memory:', 'create');
  const like = fc.constantFrom(
    "'",
    "''",
    '"',
    ';',
    '--',
    '/*',
    '\\',
    '\n',
    "');DROP TABLE x;--",
    '?',
    '$1',
    '😀',
  );
  const text = fc.array(fc.oneof(like, fc.string({ unit: 'binary' }))).map((parts) => parts.join(''));
  await fc.assert(
    fc.asyncProperty(
      text.filter((one) => !one.includes('\0')),
      async (value) => {
        expect(await connection.all(`SELECT ${sqlText(value)} AS value`)).toEqual([{ value }]);
      },
    ),
    { numRuns: 500 },
  );
  await connection.close();
});
