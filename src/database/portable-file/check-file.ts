import type { DatabaseDefinition } from '../database-definition.js';
import type { PortableFile } from '../database.js';
import { CHECK_PARTS, type CheckAnswer, type CheckFindings, type CheckPart } from './check-task.js';
import { HEADER_BYTES, makeSelfContained, readHeader, requireSize } from './file-header.js';
import { FILE_CHECKS, type FileCheck, FileRefusal } from './file-refusal.js';
import { firstBytes } from './first-bytes.js';
import { runCheckProcess } from './run-check-process.js';
import type { ExpectedSchema } from './schema-listing.js';

/** A check may take this long, and this much longer for every byte: a hundredth of what was measured (1 GB/s). */
const LEAST_SECONDS = 60;
const BYTES_PER_SECOND = 10 * 1024 * 1024;

/** A file up to this is checked by one process: to start another takes longer than what it would do. */
const SMALL_BYTES = 16 * 1024 * 1024;

/**
 * Runs every check on a file that arrived, cheapest first; what takes long, of a large file, side by side. The file is the
 * server's own copy of what was sent.
 * @param signal ends it early, with its reason or an `AbortError`.
 * @returns its answers are empty where the file is of an older version: the questions are for the newest one.
 * @throws FileRefusal with the first check that failed; an error with SQLite's code when the file could not be read.
 */
export async function checkFile(
  file: PortableFile,
  definition: DatabaseDefinition,
  schemas: ExpectedSchema[],
  signal?: AbortSignal,
): Promise<CheckFindings> {
  signal?.throwIfAborted();
  const header = readHeader(await firstBytes(file.path, HEADER_BYTES), {
    database: definition.name,
    newestVersion: schemas.length,
  });
  requireSize(header, file.bytes);
  await makeSelfContained(file.path);
  const counts = Object.entries(definition.rowCounts).map(([label, { exact }]) => [label, exact] as const);
  const task = {
    path: file.path,
    database: definition.name,
    schemaVersion: header.schemaVersion,
    expected: schemas[header.schemaVersion - 1]!,
    counts: Object.fromEntries(counts),
    questions: header.schemaVersion === schemas.length ? (definition.questions ?? []) : [],
  };
  const seconds = LEAST_SECONDS + file.bytes / BYTES_PER_SECOND;
  const end = new AbortController();
  const ended = signal ? AbortSignal.any([signal, end.signal]) : end.signal;
  try {
    return await findingsOf(
      groupsFor(file.bytes).map((parts) => runCheckProcess({ ...task, parts }, seconds, ended)),
    );
  } finally {
    // Whatever still runs when one of them has decided.
    end.abort();
  }
}

/** By process, the parts that it does: about as much for each. */
function groupsFor(bytes: number): (readonly CheckPart[])[] {
  return bytes <= SMALL_BYTES ? [CHECK_PARTS] : [['structure', 'references'], ['rows'], ['questions']];
}

/** @throws FileRefusal with the first check that failed, in whichever process. */
async function findingsOf(running: Promise<CheckAnswer>[]): Promise<CheckFindings> {
  const answers = await Promise.all(running.map(async (one) => requireSound(await one)));
  const [first] = answers
    .flatMap(({ refusals }) => refusals)
    .toSorted((a, b) => FILE_CHECKS.indexOf(a.check) - FILE_CHECKS.indexOf(b.check));
  if (first) throw new FileRefusal(first.check, first.reason);
  return Object.assign({}, ...answers.map(({ found }) => found)) as CheckFindings;
}

/** These are the first ones, and of pages that are not sound nobody knows how long the others would go on about them. */
const ENDS_ALL = new Set<FileCheck>(['schema', 'structure']);

function requireSound(answer: CheckAnswer): Exclude<CheckAnswer, { failed: unknown }> {
  if ('failed' in answer) throw Object.assign(new Error(answer.failed.reason), { code: answer.failed.code });
  const bad = answer.refusals.find(({ check }) => ENDS_ALL.has(check));
  if (bad) throw new FileRefusal(bad.check, bad.reason);
  return answer;
}
