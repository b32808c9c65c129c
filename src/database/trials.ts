import type { RestorableName } from './database.js';

/** A question that the API answers, put to a database that is not the live one. */
export interface Trial {
  database: RestorableName;
  /** `users`, `newest logs of the stream "app"`. */
  question: string;
  /** Rows, records or definitions in the answer. */
  found: number;
  milliseconds: number;
}

/** An answer that does not go together with another one, or with what the backup says of itself. The message is public. */
export class TrialFailure extends Error {}

/** Asks one question after the other, and remembers what came of each. */
export class Trials {
  readonly done: Trial[] = [];

  /** @param signal ends it before the next question. */
  constructor(
    private readonly database: RestorableName,
    private readonly signal: AbortSignal,
  ) {}

  /** @returns what was found. @throws whatever `read` throws; the reason of the signal. */
  async ask<T>(question: string, read: () => Promise<readonly T[]>): Promise<readonly T[]> {
    this.signal.throwIfAborted();
    const begun = performance.now();
    const answer = await read();
    this.done.push({
      database: this.database,
      question,
      found: answer.length,
      milliseconds: Math.round(performance.now() - begun),
    });
    return answer;
  }

  /** The same, where it is known how many there must be. @throws TrialFailure for any other number. */
  async askFor<T>(
    question: string,
    expected: number,
    read: () => Promise<readonly T[]>,
  ): Promise<readonly T[]> {
    const answer = await this.ask(question, read);
    if (answer.length === expected) return answer;
    throw new TrialFailure(`asked for ${question}, it finds ${answer.length} of ${expected}`);
  }
}
