import { Injectable } from '@nestjs/common';
import type { Position } from '../entries/stored-entry.js';
import { encodePosition } from './cursor.js';
import { EntryPagesStore, type EntrySelection } from './entry-pages.store.js';

/** Of the text of an answer. `final`: nothing comes behind it. */
export interface AnswerPiece {
  text: Buffer;
  final: boolean;
}

/** Writes the answer to a query piece by piece, so that it needs the same memory at any length. */
@Injectable()
export class QueryService {
  constructor(private readonly entries: EntryPagesStore) {}

  /**
   * The text of `{"success":true,"records":[…]}`, with `next_cursor` (null at the end) when there is a limit. A short one
   * is one piece. What it holds is released when the generator ends or is closed.
   * @param signal says that nobody waits for the answer any more.
   */
  async *answer(
    stream: string,
    selection: EntrySelection,
    signal?: AbortSignal,
  ): AsyncGenerator<AnswerPiece> {
    let before = '{"success":true,"records":[';
    for await (const { text, final, cursor } of this.entries.pages(stream, selection, signal)) {
      const behind = final ? endOf(selection.limit, cursor) : '';
      // The last page may be empty: then nothing needs a comma.
      const start = text.length > 0 || before !== ',' ? before : '';
      yield { text: Buffer.concat([Buffer.from(start), text, Buffer.from(behind)]), final };
      before = ',';
    }
  }
}

function endOf(limit: number | undefined, cursor: Position | undefined): string {
  if (limit === undefined) return ']}\n';
  return `],"next_cursor":${JSON.stringify(cursor ? encodePosition(cursor) : null)}}\n`;
}
