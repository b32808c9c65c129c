/** What became of the entries that a backup has. */
export interface MergeCounts {
  /** They were missing. */
  added: number;
  already_there: number;
  /** Expired or hidden by now, or there is no room for them in what the stream may be. */
  skipped: number;
}

/** The sums, and the same for each stream. */
export interface MergeAnswer extends MergeCounts {
  streams: Record<string, MergeCounts>;
}

/** Adds up the streams. */
export function mergeAnswer(streams: Map<string, MergeCounts>): MergeAnswer {
  const answer: MergeAnswer = {
    added: 0,
    already_there: 0,
    skipped: 0,
    streams: Object.fromEntries(streams),
  };
  for (const { added, already_there, skipped } of streams.values()) {
    answer.added += added;
    answer.already_there += already_there;
    answer.skipped += skipped;
  }
  return answer;
}
