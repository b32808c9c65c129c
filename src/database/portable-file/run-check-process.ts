import { fork } from 'node:child_process';
import { ownModule } from '../../own-module.js';
import type { CheckAnswer, CheckTask } from './check-task.js';
import { FileRefusal } from './file-refusal.js';

const CHECK_PROCESS = ownModule('#src/database/portable-file/check-process.js');

/**
 * Starts a process that checks, and ends it as soon as it has answered.
 * @param seconds after which the file is refused, because nobody knows what it is that takes so long.
 * @param signal ends it early, with an `AbortError`.
 * @throws FileRefusal when the process did not live to answer; an error when it could not be started.
 */
export function runCheckProcess(task: CheckTask, seconds: number, signal: AbortSignal): Promise<CheckAnswer> {
  return new Promise((resolve, reject) => {
    const child = fork(CHECK_PROCESS, {
      // Nothing of the server's environment (secrets among it) goes to a process that reads a stranger's file.
      env: {},
      execArgv: ['--max-old-space-size=128'],
      stdio: 'ignore',
      signal,
      killSignal: 'SIGKILL',
    });
    let answer: CheckAnswer | undefined;
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, seconds * 1000);
    child.once('message', (message) => {
      answer = message as CheckAnswer;
      child.kill('SIGKILL');
    });
    // Not `once`: a process that cannot be started fails again when it is sent its task, and an error that nobody
    // listens to ends the server.
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('exit', () => {
      clearTimeout(timer);
      if (answer) return resolve(answer);
      const reason = late
        ? `checking the file took longer than ${Math.round(seconds)} seconds`
        : 'the file is damaged so badly that the check of it broke down';
      reject(new FileRefusal('structure', reason));
    });
    child.send(task);
  });
}
