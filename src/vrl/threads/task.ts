import type { Fields, ScriptFault } from '../script-engine.js';

/** What a thread is asked: whether the script compiles, and to run it on these records, which may be none. */
export interface Task {
  script: string;
  records: Fields[];
}

/** What became of a record: its new fields, or why there are none. */
export type Outcome = Fields | string;

/** The script had to be stopped. The thread is not used again: its memory has grown, and may be damaged. */
export interface Stopped {
  by: 'time' | 'memory';
  /** The record of the task that was being worked on; undefined: none yet, the script was being compiled. */
  record?: number;
}

export interface Answer {
  /** Why the script does not compile. Then it was not run. */
  faults: ScriptFault[];
  /** Of the records from the first one on. A thread may end a task before the last record, never before the first. */
  outcomes: Outcome[];
  /** Bytes of all that is in the outcomes. */
  textBytes: number;
  stopped?: Stopped;
}
