import type { Progress } from '../threads/progress.js';
import type { Answer, Task } from '../threads/task.js';
import { faultsIn } from './faults.js';
import { RecordRefusal } from './record-refusal.js';
import { Breakdown } from './vrl.js';
import { workThrough } from './work-through.js';

/** A task ends with the record that takes it beyond one of these: others get their turn, and a stop loses little. */
const TASK_MILLISECONDS = 50;
const TASK_TEXT_BYTES = 16 * 1024 * 1024;

/** Does a task as far as it can. Does not throw, whatever scripts and records do. */
export function answerTo(task: Task, progress: Progress): Answer {
  const answer: Answer = { faults: [], outcomes: [], textBytes: [] };
  const end = performance.now() + TASK_MILLISECONDS;
  let sum = 0;
  try {
    progress.enterScript();
    answer.faults = faultsIn(task.script);
    if (answer.faults.length > 0) return answer;
    for (const result of workThrough(task, progress)) {
      const isRefused = result instanceof RecordRefusal;
      answer.outcomes.push(isRefused ? result.message : result.fields);
      answer.textBytes.push(isRefused ? 0 : result.textBytes);
      sum += answer.textBytes.at(-1)!;
      if (performance.now() > end || sum > TASK_TEXT_BYTES) break;
    }
  } catch (error) {
    if (!(error instanceof Breakdown)) throw error;
    const { record, together } = progress.look();
    answer.stopped = { by: 'memory', record, together };
  } finally {
    progress.leave();
  }
  return answer;
}
