import { offlineChecks } from '../../backup/verify/offline-checks.js';
import type { DatabaseReport, VerifyReport } from '../../backup/verify/verify-report.js';
import { EXIT, type ExitCode, Failure } from '../failure.js';
import { verifyFile } from '../files/verify-file.js';
import { megabytes } from '../progress.js';
import { printable } from '../readable.js';
import type { Outcome, Shell } from '../shell.js';

type FileResult = { file: string } & (VerifyReport | { error: string });

/** All files are looked at, whatever becomes of one of them. */
export async function verify(files: string[], { signal }: Shell): Promise<Outcome> {
  const checks = await offlineChecks();
  const results: FileResult[] = [];
  let exitCode: ExitCode = EXIT.done;
  for (const file of files) {
    try {
      const report = await verifyFile(file, checks);
      results.push({ file, ...report });
      if (!report.restorable && exitCode === EXIT.done) exitCode = EXIT.refused;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      results.push({ file, error: error.message });
      exitCode = error.exitCode;
    }
    // The check may have failed only because it was stopped as well.
    signal.throwIfAborted();
  }
  const json = { success: exitCode === EXIT.done, exit_code: exitCode, files: results };
  return { exitCode, json, text: results.map(sentences).join('') };
}

function sentences(result: FileResult): string {
  if ('error' in result) return `ERROR ${result.error}\n`;
  const { file, kind, failed, bytes, sha256, databases, instant } = result;
  if (failed) {
    const where = failed.database && kind === 'archive' ? ` of ${failed.database}` : '';
    return (
      printable(`BAD   ${file}: refused by the check "${failed.check}"${where}: ${failed.reason}`) + '\n'
    );
  }
  const what = kind === 'archive' ? 'archive of all databases' : `backup of ${Object.keys(databases).join()}`;
  return (
    printable(`GOOD  ${file}: ${what} as of ${instant}, ${megabytes(bytes)}, SHA-256 ${sha256}`) +
    `\n${Object.entries(databases)
      .map(([name, report]) => contentOf(name, report))
      .join('')}`
  );
}

function contentOf(name: string, { rows, schema_version, server_version }: DatabaseReport): string {
  const counts = Object.entries(rows ?? {}).map(([label, count]) => `${count} ${label}`);
  return (
    printable(
      `      ${name}: ${counts.join(', ')}; schema version ${schema_version}, by server ${server_version}`,
    ) + '\n'
  );
}
