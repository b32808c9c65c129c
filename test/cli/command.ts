import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../support/test-server.js';

export const COMMAND = join(PROJECT_ROOT, 'dist', 'src', 'cli', 'main.js');

export interface CommandOptions {
  url?: string;
  token?: string;
  env?: Record<string, string>;
  cwd?: string;
  /** Runs before it in the same shell: `ulimit -f 1000`. */
  shell?: string;
  /** Another user, by number. */
  uid?: number;
}

export interface Ended {
  code: number | NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** The command in a process of its own, which goes on when this returns. */
export function startCommand(words: string[], options: CommandOptions = {}) {
  const prefix = options.shell ? `${options.shell}; exec "$0" "$@"` : 'exec "$0" "$@"';
  const child = spawn('bash', ['-c', prefix, process.execPath, COMMAND, ...words], {
    cwd: options.cwd,
    uid: options.uid,
    gid: options.uid,
    env: {
      PATH: process.env.PATH,
      ...(options.url !== undefined && { FLOWG_URL: options.url }),
      ...(options.token !== undefined && { FLOWG_TOKEN: options.token }),
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { child, ended: endOf(child) };
}

export function runCommand(words: string[], options: CommandOptions = {}): Promise<Ended> {
  return startCommand(words, options).ended;
}

async function endOf(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await once(child, 'close');
  return { code: child.exitCode ?? child.signalCode, stdout, stderr };
}
