import { EXIT, Failure } from '../failure.js';
import { megabytes } from '../progress.js';
import { printable } from '../readable.js';
import { ServerClient, type ServerOptions } from '../server/server-client.js';
import type { Outcome, Shell } from '../shell.js';

interface Run {
  id: string;
  database: string;
  outcome: string;
  user: string;
  started_at: string;
  bytes: number | null;
  error: string | null;
}

/** @param what `backups` or `restores`. */
export async function list(
  what: string,
  options: ServerOptions & { limit?: string },
  shell: Shell,
): Promise<Outcome> {
  const server = await ServerClient.of(options, shell);
  const query = options.limit === undefined ? '' : `?limit=${encodeURIComponent(options.limit)}`;
  const answer = await server.json('GET', `${what}${query}`);
  const runs = answer[what];
  if (!Array.isArray(runs)) throw new Failure(EXIT.refused, `${server.url.href} has no list of ${what}`);
  return { exitCode: EXIT.done, json: answer, text: table(runs as Run[]) };
}

function table(runs: Run[]): string {
  const rows = [
    ['started at', 'database', 'outcome', 'size', 'user', 'id', ''],
    ...runs.map(({ started_at, database, outcome, bytes, user, id, error }) => {
      const size = bytes === null ? '-' : megabytes(bytes);
      return [started_at, database, outcome, size, user, id, error ?? ''].map(printable);
    }),
  ];
  const widths = rows[0]!.map((_title, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
