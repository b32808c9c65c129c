import type { Fields, ScriptFault } from '../script-engine.js';

/** What a thread is asked: whether the script compiles, and to run it on these records, which may be none. */
export interface Task {
  script: string;
  records: Fields[];
  /** Each in an execution of its own: one of them may be what a script was stopped at. */
  alone: boolean;
}

/** What became of a record: its new fields, or why there are none. */
export type Outcome = Fields | string;

/** The script had to be stopped. The thread is not used again: its memory has grown, and may be damaged. */
export interface Stopped {
  by: 'time' | 'memory';
  /** The record of the task that was being worked on; undefined: several, or none yet, the script was being compiled. */
  record?: number;
  /** It was at work on several records at once, and nobody knows which of them it was. */
  together?: boolean;
}

export interface Answer {
  /** Why the script does not compile. Then it was not run. */
  faults: ScriptFault[];
  /** Of the records from the first one on. A thread may end a task before the last record, never before the first. */
  outcomes: Outcome[];
  /** Bytes of all that is in each outcome. */
  textBytes: number[];
  stopped?: Stopped;
}
