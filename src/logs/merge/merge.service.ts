import { Injectable } from '@nestjs/common';
import type { StagedGeneration } from '../../database/database.js';
import { SerialQueue } from '../../database/serial-queue.js';
import { failpoint } from '../../failpoints.js';
import { notFound, Problem } from '../../problems.js';
import { LogsDatabase } from '../logs.database.js';
import { type BackupStream, backupStreams } from './backup-streams.store.js';
import { Comparison } from './comparison.js';
import { OutOfDate } from './live-watch.store.js';
import type { MergeAnswer } from './merge-answer.js';
import { mergeMissing } from './merge-missing.store.js';
import { MissingList } from './missing-list.store.js';
import type { Readable } from './stream-side.store.js';

export interface MergeSelection {
  /** Names of streams; left out: all that the backup has. */
  streams?: string[];
}

/** How often it is looked anew what is missing, before it is left to the client. */
const MOST_TRIES = 3;
/** Names that are told to somebody who has asked for another one. */
const MOST_NAMES_TOLD = 50;

/**
 * Brings back what a backup has and the live logs have not, and touches nothing that is there.
 *
 * What is missing is found out page by page while everybody writes; then one transaction writes it, and looks again
 * only at what changed meanwhile. So a kill, a full disk or an abort leave the old state or the new one.
 */
@Injectable()
export class MergeService {
  /** Two at once would each bring what the other brings. */
  private readonly turns = new SerialQueue();

  constructor(private readonly database: LogsDatabase) {}

  /**
   * A second time it adds nothing. Settings of streams that are there stay; merged entries are history, and are not
   * told to those who watch.
   * @param staged a checked backup; it is left as it is.
   * @throws Problem NOT_FOUND for a stream that the backup does not have, CONFLICT when the logs changed too much
   * meanwhile, INSUFFICIENT_STORAGE; what `signal` gives as its reason. Nothing is changed then.
   */
  async merge(
    staged: StagedGeneration,
    selection: MergeSelection = {},
    signal?: AbortSignal,
  ): Promise<MergeAnswer> {
    const answer = await this.compared(staged, selection, signal, (comparison) =>
      mergeMissing(this.database, staged, comparison, signal),
    );
    await failpoint('merge.committed');
    return answer;
  }

  /** What `merge` would answer now; nothing is written. @throws the same. */
  preview(
    staged: StagedGeneration,
    selection: MergeSelection = {},
    signal?: AbortSignal,
  ): Promise<MergeAnswer> {
    const nothing = () => Promise.resolve();
    return this.compared(staged, selection, signal, (comparison, live) =>
      comparison.admit(live, nothing, signal),
    );
  }

  private compared(
    staged: StagedGeneration,
    { streams: names }: MergeSelection,
    signal: AbortSignal | undefined,
    then: (comparison: Comparison, live: Readable) => Promise<MergeAnswer>,
  ): Promise<MergeAnswer> {
    return this.turns.run(async () => {
      const streams = selected(await backupStreams(staged), names);
      for (let tries = 1; ; tries++) {
        try {
          return await this.attempt(staged, streams, signal, then);
        } catch (error) {
          if (!(error instanceof OutOfDate)) throw error;
          if (tries === MOST_TRIES) throw outOfDate(error);
        }
      }
    });
  }

  private async attempt(
    staged: StagedGeneration,
    streams: BackupStream[],
    signal: AbortSignal | undefined,
    then: (comparison: Comparison, live: Readable) => Promise<MergeAnswer>,
  ): Promise<MergeAnswer> {
    const live = await this.database.hold();
    try {
      const list = await MissingList.create(staged);
      try {
        const comparison = await Comparison.make(live, staged, streams, list, signal);
        await failpoint('merge.compared');
        return await then(comparison, live);
      } finally {
        await list.drop();
      }
    } finally {
      live.release();
    }
  }
}

function selected(streams: BackupStream[], names: string[] | undefined): BackupStream[] {
  if (!names) return streams;
  const wanted = new Set(names);
  const found = streams.filter(({ name }) => wanted.delete(name));
  const [unknown] = wanted;
  if (unknown === undefined) return found;
  const told = streams.slice(0, MOST_NAMES_TOLD).map(({ name }) => JSON.stringify(name));
  const more = streams.length - told.length;
  const has =
    told.length > 0 ? `it has ${told.join(', ')}${more > 0 ? ` and ${more} more` : ''}` : 'it has none';
  throw notFound(`the backup has no stream ${JSON.stringify(unknown)}: ${has}. Nothing was changed.`);
}

function outOfDate(cause: OutOfDate): Problem {
  const text =
    'the logs changed while it was looked what is missing in them (a restore, a purge): nothing was merged, send the ' +
    'request again';
  return new Problem('CONFLICT', text, { cause });
}
