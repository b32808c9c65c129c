import type { Progress } from '../threads/progress.js';
import type { Answer, Task } from '../threads/task.js';
import { faultsIn } from './faults.js';
import { RecordRefusal } from './record-refusal.js';
import { transform } from './transform.js';
import { Breakdown } from './vrl.js';

/** A task ends with the record that takes it beyond one of these: others get their turn, and a stop loses little. */
const TASK_MILLISECONDS = 50;
const TASK_TEXT_BYTES = 16 * 1024 * 1024;

/** Does a task as far as it can. Does not throw, whatever scripts and records do. */
export function answerTo({ script, records }: Task, progress: Progress): Answer {
  const answer: Answer = { faults: [], outcomes: [], textBytes: 0 };
  const end = performance.now() + TASK_MILLISECONDS;
  try {
    progress.enterScript();
    answer.faults = faultsIn(script);
    if (answer.faults.length > 0) return answer;
    for (const [index, record] of records.entries()) {
      progress.enterRecord(index);
      addOutcome(answer, () => transform(script, record));
      if (performance.now() > end || answer.textBytes > TASK_TEXT_BYTES) break;
    }
  } catch (error) {
    if (!(error instanceof Breakdown)) throw error;
    answer.stopped = { by: 'memory', record: progress.look().record };
  } finally {
    progress.leave();
  }
  return answer;
}

function addOutcome(answer: Answer, transformed: () => ReturnType<typeof transform>): void {
  try {
    const { fields, textBytes } = transformed();
    answer.outcomes.push(fields);
    answer.textBytes += textBytes;
  } catch (error) {
    if (!(error instanceof RecordRefusal)) throw error;
    answer.outcomes.push(error.message);
  }
}
