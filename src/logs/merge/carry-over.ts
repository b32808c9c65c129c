import type { HeldGeneration, StagedGeneration } from '../../database/database.js';
import { openView } from '../entries/entry-view.store.js';
import { withinBytes } from '../entries/within-bytes.js';
import { carryDeliveries } from './carry-deliveries.store.js';
import { copyEntries, newestIdOf, streamsSince } from './carry-entries.store.js';
import { differences } from './compare-streams.store.js';
import { MissingList, PAGE_ROWS } from './missing-list.store.js';
import { type Mark, newestMark, storedBehind } from './source-rows.store.js';
import { PAGE_BYTES, wholeStream } from './stream-side.store.js';

/**
 * How long a log may have waited for its turn to be stored: one that came before a snapshot and was stored behind it
 * has an earlier time than the snapshot, and was acknowledged.
 */
const LATE_MILLISECONDS = 60_000;

/** How often what is left may have grown before it is given up to catch up. */
const VAIN_ROUNDS = 3;

/** What was carried over. */
export interface Carried {
  /** Entries, by stream; streams without any are left out. */
  streams: Record<string, number>;
  entries: number;
  /** Alerts that are still owed, or were settled meanwhile. */
  deliveries: number;
}

/** One carrying over: what it has copied, and how far it is in what goes on being stored. */
export class CarryOver {
  private readonly copied = new Map<string, number>();
  private deliveries = 0;
  /** The newest entry that has been looked at. */
  private mark?: Mark;

  private constructor(
    private readonly from: HeldGeneration,
    private readonly to: StagedGeneration,
    private readonly sinceMs: number,
    /** What `to` had before anything was carried: what has a higher id in `from` was stored later. */
    private readonly newestId: number,
  ) {}

  static async start(
    from: HeldGeneration,
    to: StagedGeneration,
    sinceMs: number,
    signal?: AbortSignal,
  ): Promise<CarryOver> {
    const carryOver = new CarryOver(from, to, sinceMs, await newestIdOf(to));
    await carryOver.copyWhatIsMissing(signal);
    await carryOver.catchUp(signal);
    carryOver.deliveries += await carryDeliveries(from, to, sinceMs);
    return carryOver;
  }

  /** The rest, while nothing is written to the live database: what came since the last look. */
  async finish(): Promise<Carried> {
    while (await this.copyNext());
    this.deliveries += await carryDeliveries(this.from, this.to, this.sinceMs);
    const entries = [...this.copied.values()].reduce((sum, count) => sum + count, 0);
    return { streams: Object.fromEntries(this.copied), entries, deliveries: this.deliveries };
  }

  /** Compares everything since the instant. Nothing is copied before all is compared, so that copies are not taken for more. */
  private async copyWhatIsMissing(signal?: AbortSignal): Promise<void> {
    this.mark = await newestMark(this.from);
    if (!this.mark) return;
    const list = await MissingList.create(this.to);
    try {
      for (const name of await streamsSince(this.from, this.sinceMs - LATE_MILLISECONDS)) {
        signal?.throwIfAborted();
        await this.listMissing(list, name, this.mark.id);
      }
      for await (const ids of list.pages()) {
        signal?.throwIfAborted();
        await this.copy(ids);
      }
    } finally {
      await list.drop();
    }
  }

  private async listMissing(list: MissingList, name: string, newestId: number): Promise<void> {
    const view = await openView(this.from, name);
    if (!view) return;
    const there = await openView(this.to, name);
    const source = { generation: this.from, view: { ...view, newestId } };
    const target = there && wholeStream(this.to, name, there.streamId);
    const lateMs = Math.max(0, this.sinceMs - LATE_MILLISECONDS);
    for await (const { missing } of differences(source, target, lateMs))
      await list.add(missing.filter((key) => key.timestampMs >= this.sinceMs || key.id > this.newestId));
  }

  /** Until nothing is left, or as much is stored meanwhile as is copied: the rest is then for `finish`. */
  private async catchUp(signal?: AbortSignal): Promise<void> {
    let least = Infinity;
    for (let vain = 0; vain < VAIN_ROUNDS;) {
      const newestId = await newestIdOf(this.from);
      const left = newestId - (this.mark?.id ?? 0);
      if (left <= 0) return;
      if (left >= least) vain++;
      least = Math.min(least, left);
      while ((this.mark?.id ?? 0) < newestId && (await this.copyNext())) signal?.throwIfAborted();
    }
  }

  /** What was stored since the last look, a page of it. @returns true when there may be more. */
  private async copyNext(): Promise<boolean> {
    const stored = await storedBehind(this.from, this.mark, PAGE_ROWS);
    if (!stored) {
      await this.copyWhatIsMissing();
      return true;
    }
    const page = withinBytes(stored, PAGE_BYTES);
    if (page.length > 0) await this.copy(page.map(({ id }) => id));
    this.mark = page.at(-1) ?? this.mark;
    return page.length < stored.length || stored.length === PAGE_ROWS;
  }

  private async copy(ids: number[]): Promise<void> {
    for (const [name, count] of await copyEntries(this.from, this.to, ids))
      this.copied.set(name, (this.copied.get(name) ?? 0) + count);
  }
}
