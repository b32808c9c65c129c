import { CommanderError } from 'commander';
import { EXIT, Failure } from './failure.js';
import { buildProgram } from './program.js';
import type { Outcome, Shell } from './shell.js';

export interface Ended {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Runs the command. @param words what follows its name on the command line. */
export async function run(words: string[], shell: Shell): Promise<Ended> {
  const asJson = words.includes('--json');
  let outcome: Outcome | undefined;
  let help = '';
  const program = buildProgram(
    shell,
    (ended) => (outcome = ended),
    (text) => (help += text),
  );
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0)
      return { exitCode: EXIT.done, stdout: help, stderr: '' };
    return failed(asFailure(error, shell.signal), asJson);
  }
  const { exitCode, json, text } = outcome!;
  return { exitCode, stdout: asJson ? `${JSON.stringify(json)}\n` : text, stderr: '' };
}

function failed({ exitCode, message, answer }: Failure, asJson: boolean): Ended {
  const sentence = message.replace(/\s+/g, ' ').trim();
  const json = {
    success: false,
    exit_code: exitCode,
    error: sentence,
    ...(answer !== undefined && { answer }),
  };
  return {
    exitCode,
    stdout: asJson ? `${JSON.stringify(json)}\n` : '',
    stderr: `flowg-backup: ${sentence}\n`,
  };
}

function asFailure(error: unknown, signal: AbortSignal): Failure {
  if (signal.aborted) return new Failure(EXIT.unreachable, 'interrupted');
  if (error instanceof Failure) return error;
  if (error instanceof CommanderError) {
    const help = error.code === 'commander.help' ? 'say what to do' : error.message.replace(/^error: /, '');
    return new Failure(EXIT.usage, `${help} (see flowg-backup --help)`);
  }
  return new Failure(EXIT.local, `this should not have happened: ${(error as Error).message}`);
}
