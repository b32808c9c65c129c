import { EXIT, Failure } from '../failure.js';
import { openForm } from '../files/upload-form.js';
import { readable } from '../readable.js';
import { scopeOfFile, SCOPES } from '../scope.js';
import { ServerClient, type ServerOptions } from '../server/server-client.js';
import type { Outcome, Shell } from '../shell.js';

export interface RestoreOptions {
  dryRun?: boolean;
  plan?: string;
  allowLockout?: boolean;
  confirmWithin?: string;
  keepNewer?: boolean;
  merge?: boolean;
  only?: string;
}

/** @param words the file, with or without what it is of in front. */
export async function restore(
  words: string[],
  options: ServerOptions & RestoreOptions,
  shell: Shell,
): Promise<Outcome> {
  const [scope, path] = await target(words);
  const server = await ServerClient.of(options, shell);
  const form = await openForm(path);
  try {
    const route = scope === 'all' ? 'restore' : `restore/${scope}`;
    const answer = await server.json('POST', `${route}${queryOf(options)}`, form);
    return { exitCode: EXIT.done, json: answer, text: readable(answer) };
  } catch (error) {
    throw error instanceof Failure && error.exitCode === EXIT.unreachable ? uncertain(error) : error;
  } finally {
    await form.close();
  }
}

/** The server goes on with what it has received, whether somebody hears of it or not. */
function uncertain({ exitCode, message, answer }: Failure): Failure {
  const advice = 'what became of it is told by: flowg-backup list restores';
  return new Failure(exitCode, `${message}; ${advice}`, answer);
}

async function target(words: string[]): Promise<[scope: string, path: string]> {
  const [first, second, ...more] = words;
  if (more.length > 0) throw new Failure(EXIT.usage, 'one file can be restored at a time');
  if (second === undefined) return [await scopeOfFile(first!), first!];
  if (SCOPES.includes(first!)) return [first!, second];
  throw new Failure(EXIT.usage, `${JSON.stringify(first)} is none of ${SCOPES.join(', ')}`);
}

/** What these mean, and which of them go together, is known by the server. */
function queryOf(options: RestoreOptions): string {
  const query = new URLSearchParams();
  if (options.dryRun) query.set('dry_run', 'true');
  if (options.plan !== undefined) query.set('plan', options.plan);
  if (options.allowLockout) query.set('allow_lockout', 'true');
  if (options.confirmWithin !== undefined) query.set('confirm_within', options.confirmWithin);
  if (options.keepNewer) query.set('keep_newer', 'true');
  if (options.merge) query.set('mode', 'merge');
  if (options.only !== undefined) query.set('only', options.only);
  return query.size > 0 ? `?${query.toString()}` : '';
}
