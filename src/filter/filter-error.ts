/** A text that is not a filter. The message is one line that a client may read, and begins with the place. */
export class FilterError extends Error {
  /** From 1, as lines end with `\n`. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;

  /** @param position from 0, in UTF-16 units. */
  constructor(
    text: string,
    readonly position: number,
    reason: string,
  ) {
    const before = text.slice(0, position).split('\n');
    const line = before.length;
    const column = before.at(-1)!.length + 1;
    super(`position ${position} (line ${line}, column ${column}): ${reason}`);
    this.name = 'FilterError';
    this.line = line;
    this.column = column;
  }
}
