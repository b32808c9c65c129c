import type { StagedGeneration } from '../../database/database.js';
import { openView } from '../entries/entry-view.store.js';
import type { Position } from '../entries/stored-entry.js';
import { Admission } from './admission.js';
import { areStillThere, type BackupStream, roomsOf } from './backup-streams.store.js';
import { differences } from './compare-streams.store.js';
import { LiveWatch, OutOfDate } from './live-watch.store.js';
import { type MergeAnswer, mergeAnswer } from './merge-answer.js';
import type { MissingList } from './missing-list.store.js';
import { readRows, type SourceRow } from './source-rows.store.js';
import { type Readable, wholeStream } from './stream-side.store.js';

interface Found {
  there: number;
  missing: number;
  missingBytes: number;
  /** In the live database, one of those that are there. */
  twin?: Position;
}

/** What a backup has that the live database has not, as it was found out outside of any transaction. */
export class Comparison {
  private readonly found = new Map<string, Found>();

  private constructor(
    private readonly staged: StagedGeneration,
    readonly streams: BackupStream[],
    private readonly list: MissingList,
    private readonly watch: LiveWatch,
  ) {}

  /** @throws OutOfDate when the live database changes in a way that leaves nothing to go by. */
  static async make(
    live: Readable,
    staged: StagedGeneration,
    streams: BackupStream[],
    list: MissingList,
    signal?: AbortSignal,
  ): Promise<Comparison> {
    const newestMs = streams.reduce((newest, stream) => Math.max(newest, stream.newestMs), -1);
    const watch = await LiveWatch.begin(live, newestMs);
    const comparison = new Comparison(staged, streams, list, watch);
    const { newestId } = watch;
    for (const { name } of streams) await comparison.compareStream(live, name, newestId, signal);
    await watch.look(live);
    return comparison;
  }

  /**
   * To be called before writing, in the transaction.
   * @throws OutOfDate when it is not true any more.
   */
  async requireTrue(live: Readable): Promise<void> {
    await this.watch.look(live);
    if (await this.list.hasSomeAt(this.watch.suspects)) throw new OutOfDate('something missing was stored');
    const twins = new Map<string, Position>();
    for (const [name, { twin }] of this.found) if (twin) twins.set(name, twin);
    if (!(await areStillThere(live, twins))) throw new OutOfDate('a stream was purged');
  }

  /** Gives what may come in to `write`, in the order of storing. @param write does nothing where it is only counted. */
  async admit(
    live: Readable,
    write: (rows: SourceRow[]) => Promise<void>,
    signal?: AbortSignal,
  ): Promise<MergeAnswer> {
    const rooms = await roomsOf(live, this.streams);
    const admissions = new Map<string, Admission>();
    for (const [name, { missing, missingBytes }] of this.found)
      admissions.set(name, new Admission(rooms.get(name)!, missingBytes, missing));
    for await (const ids of this.list.pages()) {
      signal?.throwIfAborted();
      const rows = await readRows(this.staged, ids, Date.now());
      await write(rows.filter((row) => admissions.get(row.stream)!.admits(row)));
    }
    return mergeAnswer(
      new Map(
        this.streams.map(({ name, entries }) => {
          const { there } = this.found.get(name)!;
          const added = admissions.get(name)!.admitted;
          return [name, { added, already_there: there, skipped: entries - there - added }];
        }),
      ),
    );
  }

  private async compareStream(
    live: Readable,
    name: string,
    newestId: number,
    signal?: AbortSignal,
  ): Promise<void> {
    const found: Found = { there: 0, missing: 0, missingBytes: 0 };
    this.found.set(name, found);
    const view = await openView(this.staged, name);
    if (!view) return;
    const there = await openView(live, name);
    const target = there && wholeStream(live, name, there.streamId);
    if (target) target.view.newestId = newestId;
    const pieces = differences({ generation: this.staged, view }, target, there?.floorMs ?? 0);
    for await (const piece of pieces) {
      signal?.throwIfAborted();
      await this.list.add(piece.missing);
      found.there += piece.there;
      found.missing += piece.missing.length;
      for (const { bytes } of piece.missing) found.missingBytes += bytes;
      found.twin = piece.twin ?? found.twin;
      await this.watch.look(live);
    }
  }
}
