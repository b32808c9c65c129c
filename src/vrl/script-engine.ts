/** A record as a script gets it and as it comes out: names and texts, nothing else. */
export type Fields = Record<string, string>;

/** Why a script does not compile. */
export interface ScriptFault {
  /** One line. */
  message: string;
  /** Counted from 1. */
  line: number;
  /** Counted from 1, in characters (Unicode code points) of that line. */
  column: number;
  /** The compiler's own words, several lines. Its `[from, to]` are bytes of the script in UTF-8. */
  report: string;
}

/** Why one record could not be transformed. */
export class ScriptFailure {
  /** @param reason one line that a client may read. */
  constructor(readonly reason: string) {}
}

/** Runs scripts in VRL. Whatever they do, they do it away from the event loop, and within limits. */
export abstract class ScriptEngine {
  /**
   * @returns why the script does not compile; nothing if it does. Also a fault: a script that is too large, or that
   * takes the compiler too long or breaks it.
   * @throws Problem UNAVAILABLE when too much waits already or the server stops.
   */
  abstract check(script: string): Promise<ScriptFault[]>;

  /**
   * Runs the script on each record by itself.
   * @returns for each record, in the same order, the new fields or why there are none. What `.` is at the end becomes
   * texts: objects and arrays are taken apart (`bar.baz.0`), and anything but an object is the empty record.
   * @throws Problem UNAVAILABLE when too much waits already or the server stops; never because of a script or a record.
   */
  abstract run(script: string, records: readonly Fields[]): Promise<(Fields | ScriptFailure)[]>;
}
