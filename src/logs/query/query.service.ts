import { Injectable } from '@nestjs/common';
import type { StoredEntry } from '../entries/stored-entry.js';
import { formatInstant } from '../instant.js';
import { encodePosition } from './cursor.js';
import { EntryPagesStore, type EntrySelection } from './entry-pages.store.js';

/** Writes the answer to a query piece by piece, so that it needs the same memory at any length. */
@Injectable()
export class QueryService {
  constructor(private readonly entries: EntryPagesStore) {}

  /**
   * The text of `{"success":true,"records":[…]}`, with `next_cursor` (null at the end) when there is a limit.
   * What it holds is released when the generator ends or is closed.
   * @param signal says that nobody waits for the answer any more.
   */
  async *answer(
    stream: string,
    { limit, ...selection }: EntrySelection,
    signal?: AbortSignal,
  ): AsyncGenerator<string> {
    // One more than asked for tells whether there is more.
    const pages = this.entries.pages(stream, { ...selection, limit: limit && limit + 1 }, signal);
    let written = 0;
    let last: StoredEntry | undefined;
    let more = false;
    for await (const page of pages) {
      const records = page.slice(0, (limit ?? Infinity) - written);
      more = records.length < page.length;
      if (records.length === 0) break;
      yield (last ? ',' : '{"success":true,"records":[') + records.map(recordText).join(',');
      written += records.length;
      last = records.at(-1);
    }
    const cursor = more && last ? encodePosition(last) : null;
    const end = limit === undefined ? ']}\n' : `],"next_cursor":${JSON.stringify(cursor)}}\n`;
    yield last ? end : `{"success":true,"records":[${end}`;
  }
}

/** `fields` was checked to be JSON when it was stored or restored: it goes out as it lies. */
function recordText(entry: StoredEntry): string {
  return `{"timestamp":"${formatInstant(entry)}","fields":${entry.fields}}`;
}
