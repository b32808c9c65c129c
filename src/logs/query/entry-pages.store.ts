import { Injectable } from '@nestjs/common';
import type { Position } from '../entries/stored-entry.js';
import { LogsDatabase } from '../logs.database.js';
import { type EntryFilter, EVERYTHING } from './entry-filter.js';
import { type FoundPage, NOTHING_FOUND, type PageBounds, readPage } from './found-page.store.js';
import { beginReading, goOnReading, type Reading } from './reading.store.js';

/** What a filter looks at in one transaction: few at first, which are enough for the first page of most queries. */
const LOOKED_FIRST = 500;
const LOOKED_MOST = 5000;

/** Entries of `[fromMs, toMs)` behind `after`, at most `limit`. */
export interface EntrySelection {
  fromMs: number;
  toMs: number;
  after?: Position;
  limit?: number;
  filter?: EntryFilter;
}

/** A piece of an answer. */
export interface RecordsPage {
  /** Records as answers have them, with commas between them. Empty only on the last page. */
  text: Buffer;
  /** True for the last page and for no other. */
  final: boolean;
  /** On the last page, where the limit leaves some out: the place behind which they are. */
  cursor?: Position;
}

/** Reads the entries of a stream page by page, newest first. */
@Injectable()
export class EntryPagesStore {
  constructor(private readonly database: LogsDatabase) {}

  /**
   * At least one page. All come from one generation, also if a restore replaces it meanwhile. They end early if the stream
   * is purged meanwhile; none is read any more when `signal` says that nobody waits.
   */
  async *pages(
    stream: string,
    { fromMs, toMs, after, limit = Infinity, filter = EVERYTHING }: EntrySelection,
    signal?: AbortSignal,
  ): AsyncGenerator<RecordsPage> {
    const held = await this.database.hold();
    try {
      let reading: Reading | undefined;
      const sought = { fromMs, filter };
      const read = async (bounds: PageBounds): Promise<FoundPage> => {
        if (bounds.last.timestampMs < fromMs) return NOTHING_FOUND;
        const found = await held.read(async (manager) => {
          reading = reading
            ? await goOnReading(manager, reading, sought)
            : await beginReading(manager, stream, sought);
          return reading && readPage(manager, reading.walk, filter, bounds);
        });
        return found ? found() : NOTHING_FOUND;
      };
      // Ids begin at 1, so that nothing of the millisecond `toMs` itself is behind this place.
      let last: Position | undefined =
        after && after.timestampMs < toMs ? after : { timestampMs: toMs, id: 0 };
      let written: Position | undefined;
      let left = limit;
      const isWanted = () => !(signal?.aborted ?? false);
      for (let looked = LOOKED_FIRST; isWanted(); looked = Math.min(2 * looked, LOOKED_MOST)) {
        const page: FoundPage = await read({ last, looked, left });
        left -= page.count;
        written = page.last ?? written;
        last = page.next;
        const final = page.more || !last;
        if (final || page.count > 0)
          yield { text: page.text, final, cursor: page.more ? written : undefined };
        if (final || !last) return;
      }
    } finally {
      held.release();
    }
  }
}
