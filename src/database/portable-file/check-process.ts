import { SqliteConnection } from '../sqlite/sqlite-connection.js';
import type { CheckAnswer, CheckTask } from './check-task.js';
import { checkPartialIndexes } from './check-partial-indexes.js';
import { type MigrationRow, type SchemaObject, SELECT_MIGRATIONS, SELECT_SCHEMA } from './schema-listing.js';
import { FileRefusal } from './file-refusal.js';
import { type ManifestRow, parseManifest, SELECT_MANIFEST } from './manifest-table.js';

/**
 * A process of its own for looking into a file that somebody sent: whatever SQLite makes of it, the server lives on.
 * The connection may write, but is told never to: SQLite leaves CHECK constraints out of account where it cannot write,
 * and `integrity_check` then says nothing of rows that break them.
 * Hardening after https://sqlite.org/security.html.
 */
const HEAP_LIMIT_BYTES = 256 * 1024 * 1024;

/** What a log record may be at most; nobody's script or pipeline is near it. */
const MOST_VALUE_BYTES = 128 * 1024 * 1024;

async function check(task: CheckTask): Promise<CheckAnswer> {
  const connection = await SqliteConnection.open(task.path, 'readwrite');
  await connection.exec(
    `PRAGMA query_only = ON; PRAGMA hard_heap_limit = ${HEAP_LIMIT_BYTES}; PRAGMA trusted_schema = OFF;
     PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA cache_size = -32768`,
  );
  await checkSchema(connection, task);
  await checkStructure(connection);
  await checkPartialIndexes(connection);
  const manifest = await checkManifest(connection, task);
  await checkReferences(connection);
  const rows = await countRows(connection, task);
  checkCounts(manifest.rows, rows);
  await checkSizes(connection);
  await connection.close();
  return { manifest, rows };
}

async function checkSchema(connection: SqliteConnection, task: CheckTask): Promise<void> {
  const actual = await connection.all<SchemaObject>(SELECT_SCHEMA);
  const key = (object: SchemaObject) =>
    JSON.stringify([object.type, object.name, object.tbl_name, object.sql]);
  const expected = new Set(task.expected.objects.map(key));
  const extra = actual.find((object) => !expected.delete(key(object)));
  if (extra) {
    throw new FileRefusal(
      'schema',
      `the file has a ${describe(extra)} that no backup of version ${task.schemaVersion} has`,
    );
  }
  const [missing] = expected;
  if (missing) {
    const [type, name] = JSON.parse(missing) as [string, string];
    throw new FileRefusal('schema', `the file lacks the ${type} ${JSON.stringify(name)}`);
  }
  const migrations = await connection.all<MigrationRow>(SELECT_MIGRATIONS);
  if (JSON.stringify(migrations) !== JSON.stringify(task.expected.migrations)) {
    throw new FileRefusal(
      'schema',
      `the file's list of migrations is not that of version ${task.schemaVersion}`,
    );
  }
}

function describe(object: SchemaObject): string {
  const kind = /^CREATE\s+VIRTUAL/i.test(object.sql ?? '') ? 'virtual table' : object.type;
  return `${kind} ${JSON.stringify(object.name.slice(0, 80))}`;
}

/**
 * Pages, b-trees, indexes and the constraints of every column. Not `quick_check`, though that takes two thirds of the
 * time: it does not compare an index with its table, and whoever is found by one and not by the other is two people.
 */
async function checkStructure(connection: SqliteConnection): Promise<void> {
  const complaints = await connection.all<{ integrity_check: string }>('PRAGMA integrity_check(1)');
  const complaint = complaints[0]?.integrity_check ?? 'no answer';
  if (complaint !== 'ok') {
    throw new FileRefusal(
      'structure',
      `the file is damaged: ${complaint.replace(/\s+/g, ' ').slice(0, 200)}`,
    );
  }
}

async function checkManifest(connection: SqliteConnection, task: CheckTask) {
  const [row] = await connection.all<ManifestRow>(SELECT_MANIFEST);
  const manifest = parseManifest(row);
  if (!manifest) throw new FileRefusal('manifest', 'the manifest in the file is missing or cannot be read');
  if (manifest.database !== task.database || manifest.schemaVersion !== task.schemaVersion) {
    throw new FileRefusal('manifest', 'the manifest in the file contradicts its header');
  }
  return manifest;
}

async function checkReferences(connection: SqliteConnection): Promise<void> {
  const [broken] = await connection.all<{ table: string; parent: string }>(
    'SELECT "table", parent FROM pragma_foreign_key_check LIMIT 1',
  );
  if (broken) {
    throw new FileRefusal(
      'references',
      `a row of ${broken.table} points to a row of ${broken.parent} that is not there`,
    );
  }
}

async function countRows(connection: SqliteConnection, task: CheckTask): Promise<Record<string, number>> {
  const rows: Record<string, number> = {};
  for (const [label, query] of Object.entries(task.counts)) {
    const [row] = await connection.all<{ n: number }>(query);
    rows[label] = row!.n;
  }
  return rows;
}

function checkCounts(promised: Record<string, number>, actual: Record<string, number>): void {
  for (const [label, count] of Object.entries(actual)) {
    if (promised[label] !== count) {
      throw new FileRefusal(
        'rows',
        `the manifest promises ${promised[label] ?? 'no'} ${label}, the file has ${count}`,
      );
    }
  }
}

/**
 * The server will read these values whole. A text longer than JavaScript's longest string (512 MiB) would end it, and
 * no check so far has looked at a value that has no constraint.
 */
async function checkSizes(connection: SqliteConnection): Promise<void> {
  const columns = await connection.all<{ table: string; column: string }>(
    `SELECT listing.name AS "table", info.name AS "column"
     FROM sqlite_schema AS listing, pragma_table_info(listing.name) AS info
     WHERE listing.type = 'table' AND info.type = 'TEXT'`,
  );
  for (const { table, column } of columns) {
    const larger = await connection.all(
      `SELECT 1 FROM "${table}" WHERE octet_length("${column}") > ${MOST_VALUE_BYTES} LIMIT 1`,
    );
    if (larger.length > 0)
      throw new FileRefusal('content', `a ${column} in ${table} is larger than ${MOST_VALUE_BYTES} bytes`);
  }
}

/** What SQLite answers when it is the disk, or the want of descriptors, that keeps it from reading. */
const FAILURES = new Set(['SQLITE_IOERR', 'SQLITE_CANTOPEN', 'SQLITE_FULL']);

/** Any other error of SQLite means that the file is damaged in a way no check above has a word for. */
function refusalOf(error: unknown): CheckAnswer {
  if (error instanceof FileRefusal) return { refused: { check: error.check, reason: error.message } };
  const text = error instanceof Error ? error.message : String(error);
  const code = String((error as { code?: unknown } | null)?.code);
  if (FAILURES.has(code)) return { failed: { code, reason: text } };
  return { refused: { check: 'structure', reason: `the file is damaged: ${text.slice(0, 200)}` } };
}

process.once('message', (task: CheckTask) => {
  void check(task)
    .catch(refusalOf)
    .then((answer) => process.send!(answer, () => process.disconnect()));
});
