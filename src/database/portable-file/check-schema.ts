import type { SqliteConnection } from '../sqlite/sqlite-connection.js';
import { FileRefusal } from './file-refusal.js';
import {
  type ExpectedSchema,
  type MigrationRow,
  type SchemaObject,
  SELECT_MIGRATIONS,
  SELECT_SCHEMA,
} from './schema-listing.js';

/** @throws FileRefusal with the check `schema` unless the file has what is expected of its version, and nothing more. */
export async function checkSchema(
  connection: SqliteConnection,
  expected: ExpectedSchema,
  version: number,
): Promise<void> {
  const actual = await connection.all<SchemaObject>(SELECT_SCHEMA);
  const awaited = new Set(expected.objects.map(keyOf));
  const extra = actual.find((object) => !awaited.delete(keyOf(object)));
  if (extra)
    throw new FileRefusal(
      'schema',
      `the file has a ${describe(extra)} that no backup of version ${version} has`,
    );
  const [missing] = awaited;
  if (missing) {
    const [type, name] = JSON.parse(missing) as [string, string];
    throw new FileRefusal('schema', `the file lacks the ${type} ${JSON.stringify(name)}`);
  }
  const migrations = await connection.all<MigrationRow>(SELECT_MIGRATIONS);
  if (JSON.stringify(migrations) !== JSON.stringify(expected.migrations))
    throw new FileRefusal('schema', `the file's list of migrations is not that of version ${version}`);
}

function keyOf({ type, name, tbl_name: table, sql }: SchemaObject): string {
  return JSON.stringify([type, name, table, sql]);
}

function describe(object: SchemaObject): string {
  const kind = /^CREATE\s+VIRTUAL/i.test(object.sql ?? '') ? 'virtual table' : object.type;
  return `${kind} ${JSON.stringify(object.name.slice(0, 80))}`;
}
