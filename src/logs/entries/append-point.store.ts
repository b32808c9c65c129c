import type { EntityManager } from 'typeorm';
import {
  type Addition,
  additionsOf,
  appendStatements,
  type EntryRow,
  newestEntryId,
  type TargetStream,
  targetStreams,
} from './append-rows.store.js';

/** Names of fields that are remembered for one stream. */
const MOST_FIELD_NAMES = 10_000;

interface KnownStream extends TargetStream {
  /** Names of fields that are surely in the list of the stream. */
  fieldNames: Set<string>;
}

/**
 * What has to be known to append entries without asking the database first. It is what the last append left, and true
 * as long as nobody else has written: the revision tells. Upkeep (`ShortWrites`) changes no revision, and makes
 * nothing untrue that is remembered here: a stream has more room by it than that, never less, and where its floor lies an
 * append asks in its own SQL.
 */
export class AppendPoint {
  private streams = new Map<string, KnownStream>();
  /** The highest id that was ever given. The newest entry may be gone, and who resumes a watch behind it goes by its id. */
  private newestId = 0;
  private revision = -1;

  /**
   * @param rowsOf makes the rows of an append; undefined when it needs a stream that is not known.
   * @returns SQL that appends them when it runs at `revision`, and takes the database to `next`; undefined when that
   * cannot be said beforehand.
   */
  script(
    revision: number,
    next: number,
    rowsOf: (streams: Map<string, TargetStream>, firstId: number) => EntryRow[] | undefined,
  ): string | undefined {
    if (revision !== this.revision) return undefined;
    const rows = rowsOf(this.streams, this.newestId + 1);
    if (!rows) return undefined;
    const additions = additionsOf(rows);
    for (const [stream, addition] of additions) noteFieldNames(stream as KnownStream, addition);
    this.newestId += rows.length;
    this.revision = next;
    return appendStatements(rows, additions).join(';');
  }

  /** Looks everything up behind an append, in its transaction. @param names of the streams that it went to. */
  async load(manager: EntityManager, next: number, names: string[]): Promise<void> {
    if (this.revision !== next - 1) this.streams.clear();
    for (const [name, stream] of await targetStreams(manager, names)) {
      const fieldNames = this.streams.get(name)?.fieldNames ?? new Set();
      this.streams.set(name, { ...stream, fieldNames });
    }
    this.newestId = (await this.firstId(manager)) - 1;
    this.revision = next;
  }

  /** The id that the next entry gets. */
  async firstId(manager: EntityManager): Promise<number> {
    return Math.max(this.newestId, await newestEntryId(manager)) + 1;
  }

  /** To be called when an append has failed: what was noted has not come true. */
  forget(): void {
    this.revision = -1;
  }
}

/** Leaves in the addition only those names of fields that are new. */
function noteFieldNames({ fieldNames }: KnownStream, addition: Addition): void {
  for (const name of addition.fieldNames) if (fieldNames.has(name)) addition.fieldNames.delete(name);
  if (fieldNames.size > MOST_FIELD_NAMES) fieldNames.clear();
  for (const name of addition.fieldNames) fieldNames.add(name);
}
