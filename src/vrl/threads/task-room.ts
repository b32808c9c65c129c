import type { Fields } from '../script-engine.js';

/** A task ends before the record that would take it beyond one of these; a single larger record goes alone. */
const TASK_RECORDS = 64;
const TASK_CHARACTERS = 1024 * 1024;

/** How much more goes into a task. */
export class TaskRoom {
  private records = 0;
  private characters = 0;
  /** A record was refused, or would be. */
  full = false;

  /** @returns false when the record has to wait for another task, with all that follow. */
  admits(record: Fields): boolean {
    const characters = this.characters + charactersIn(record);
    if (this.records > 0 && characters > TASK_CHARACTERS) this.full = true;
    if (this.full) return false;
    this.characters = characters;
    this.records++;
    this.full = this.records >= TASK_RECORDS;
    return true;
  }
}

function charactersIn(fields: Fields): number {
  return Object.entries(fields).reduce((sum, [name, text]) => sum + name.length + text.length, 0);
}
