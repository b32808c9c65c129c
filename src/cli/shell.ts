import type { ExitCode } from './failure.js';

/** What the command is given from outside besides its arguments. */
export interface Shell {
  /** Of the server; undefined: the one that `npm start` starts on this machine. */
  url: string | undefined;
  token: string | undefined;
  /** Aborted when the person in front of it wants to stop. */
  signal: AbortSignal;
}

/** How a command ended, for programs and for people. */
export interface Outcome {
  exitCode: ExitCode;
  json: Record<string, unknown>;
  text: string;
}
