import type { Place } from './missing-list.store.js';
import { type Mark, newestMark, storedBehind } from './source-rows.store.js';
import type { Readable } from './stream-side.store.js';

const PAGE_ENTRIES = 5000;
/** Places that are remembered because something may be missing there: mostly there are none. */
const MOST_SUSPECTS = 20_000;

/** What was found out does not hold any more: it has to be found out again. Nothing has been written. */
export class OutOfDate extends Error {}

/**
 * Looks at what is stored in the live database while it is compared with a backup. What comes now has the time of now, so
 * it is not what the backup has; only where a clock was set back it may be.
 */
export class LiveWatch {
  /** Where something was stored after it had been looked whether something is missing there. */
  readonly suspects: Place[] = [];

  private constructor(
    private readonly file: string,
    /** The newest time in the backup. */
    private readonly untilMs: number,
    private mark: Mark | undefined,
  ) {}

  static async begin(live: Readable, untilMs: number): Promise<LiveWatch> {
    return new LiveWatch(await fileOf(live), untilMs, await newestMark(live));
  }

  /** What is compared: higher ids are newer than the beginning. */
  get newestId(): number {
    return this.mark?.id ?? 0;
  }

  /**
   * To be called often, and in the end in the transaction that goes by what was found.
   * @throws OutOfDate when the database was replaced, when nobody can tell what is new, or too much of it is suspect.
   */
  async look(live: Readable): Promise<void> {
    if ((await fileOf(live)) !== this.file) throw new OutOfDate('another generation is live');
    for (let full = true; full;) {
      const stored = await storedBehind(live, this.mark, PAGE_ENTRIES);
      if (!stored) throw new OutOfDate('the newest entry was removed');
      const early = stored.filter(({ timestampMs }) => timestampMs <= this.untilMs);
      if (early.length > 0) this.suspects.push(...(await placesOf(live, early)));
      if (this.suspects.length > MOST_SUSPECTS) throw new OutOfDate('too much is stored in the past');
      this.mark = stored.at(-1) ?? this.mark;
      full = stored.length === PAGE_ENTRIES;
    }
  }
}

/** A generation never has the file of another one while the process runs. */
async function fileOf(generation: Readable): Promise<string> {
  const [row] = await generation.read((manager) =>
    manager.query<{ file: string }[]>(`SELECT file FROM pragma_database_list WHERE name = 'main'`),
  );
  return row!.file;
}

function placesOf(live: Readable, entries: Mark[]): Promise<Place[]> {
  return live.read((manager) =>
    manager.query<Place[]>(
      `SELECT DISTINCT stream.name AS stream, entry.timestamp_ms AS timestampMs
       FROM json_each(?) AS early JOIN entry ON entry.id = early.value JOIN stream ON stream.id = entry.stream_id
       WHERE stream.name IS NOT NULL`,
      [JSON.stringify(entries.map(({ id }) => id))],
    ),
  );
}
