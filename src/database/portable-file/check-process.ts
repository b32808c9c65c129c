import { setPriority } from 'node:os';
import type { QuestionAnswers } from '../database.js';
import { SqliteConnection } from '../sqlite/sqlite-connection.js';
import { checkReferences } from './check-references.js';
import { checkSchema } from './check-schema.js';
import { checkTables } from './check-tables.js';
import type { CheckAnswer, CheckFindings, CheckPart, CheckTask, Refusal } from './check-task.js';
import { damaged, type FileCheck, FileRefusal } from './file-refusal.js';
import { type ManifestRow, parseManifest, SELECT_MANIFEST } from './manifest-table.js';

/**
 * A process of its own for looking into a file that somebody sent: whatever SQLite makes of it, the server lives on.
 * A large file is looked into by several of them: in one, their threads would wait for each other at each allocation.
 * Hardening after https://sqlite.org/security.html.
 */
const HEAP_LIMIT_BYTES = 256 * 1024 * 1024;

/** Little: all is read once, from one end to the other, and what fits the cache of the processor is copied quickest. */
const CACHE_KIBIBYTES = 4096;

/** Whoever uses the server meanwhile goes first. */
const NICE = 5;

type Part = (connection: SqliteConnection, task: CheckTask) => Promise<Partial<CheckFindings>>;

const PARTS: Record<CheckPart, Part> = {
  structure: checkStructure,
  rows: checkRows,
  references: (connection) => checkReferences(connection).then(() => ({})),
  questions: askQuestions,
};

async function check(task: CheckTask): Promise<CheckAnswer> {
  const connection = await SqliteConnection.open(task.path, 'readonly');
  await connection.exec(
    `PRAGMA query_only = ON; PRAGMA hard_heap_limit = ${HEAP_LIMIT_BYTES}; PRAGMA trusted_schema = OFF;
     PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA cache_size = -${CACHE_KIBIBYTES}`,
  );
  await checkSchema(connection, task.expected, task.schemaVersion);
  const found: Partial<CheckFindings> = {};
  const refusals: Refusal[] = [];
  for (const part of task.parts) {
    try {
      Object.assign(found, await PARTS[part](connection, task));
    } catch (error) {
      // With sound rows, what is asked of them has an answer: else they are not what the module lets in.
      refusals.push(refusalOf(error, part === 'questions' ? 'content' : 'structure'));
      // Nobody knows how long the others would go on about pages that are not sound.
      if (part === 'structure') break;
    }
  }
  return { found, refusals };
}

/**
 * Pages, b-trees, indexes, types. Not `quick_check`, though that takes two thirds of the time: it does not compare an
 * index with its table, and whoever is found by one and not by the other is two people.
 * The constraints of columns are left to `checkTables`: SQLite does not look at them where it cannot write.
 */
async function checkStructure(connection: SqliteConnection): Promise<Partial<CheckFindings>> {
  const complaints = await connection.all<{ integrity_check: string }>('PRAGMA integrity_check(1)');
  const complaint = complaints[0]?.integrity_check ?? 'no answer';
  if (complaint !== 'ok') throw damaged(complaint);
  return {};
}

async function checkRows(connection: SqliteConnection, task: CheckTask): Promise<Partial<CheckFindings>> {
  const { structure, size } = await checkTables(connection);
  if (structure) throw structure;
  const manifest = await checkManifest(connection, task);
  const rows = await countRows(connection, task);
  checkCounts(manifest.rows, rows);
  if (size) throw size;
  return { manifest, rows };
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

async function askQuestions(
  connection: SqliteConnection,
  { questions }: CheckTask,
): Promise<Partial<CheckFindings>> {
  const answers: QuestionAnswers = {};
  for (const question of questions) answers[question] = await connection.all(question);
  return { answers };
}

/** What SQLite answers when it is the disk, or the want of descriptors, that keeps it from reading. */
const FAILURES = new Set(['SQLITE_IOERR', 'SQLITE_CANTOPEN', 'SQLITE_FULL']);

/**
 * Any other error of SQLite means that the file is damaged in a way no check above has a word for.
 * @throws what says nothing of the file.
 */
function refusalOf(error: unknown, otherwise: FileCheck = 'structure'): Refusal {
  if (error instanceof FileRefusal) return { check: error.check, reason: error.message };
  const { text, code } = describeError(error);
  if (FAILURES.has(code)) throw error;
  return { check: otherwise, reason: `the file is damaged: ${text.slice(0, 200)}` };
}

function describeError(error: unknown): { text: string; code: string } {
  const text = error instanceof Error ? error.message : String(error);
  return { text, code: String((error as { code?: unknown } | null)?.code) };
}

setPriority(NICE);
process.once('message', (task: CheckTask) => {
  void check(task)
    .catch((error: unknown): CheckAnswer => ({ found: {}, refusals: [refusalOf(error)] }))
    .catch((error: unknown): CheckAnswer => {
      const { text, code } = describeError(error);
      return { failed: { code, reason: text } };
    })
    .then((answer) => process.send!(answer));
});
