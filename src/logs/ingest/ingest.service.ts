import { Injectable } from '@nestjs/common';
import { PipelinesService } from '../../config/pipelines.service.js';
import { Problem } from '../../problems.js';
import { EntriesStore, type NewEntry } from './entries.store.js';
import { GroupCommit } from './group-commit.js';
import { IngestCounters } from './ingest-counters.js';
import { streamsReachedBy } from '../pipeline/pipeline-routes.js';
import { ServerClock } from './server-clock.js';

/** One transaction holds at most this: what waits behind it, a snapshot among others, should not wait long. */
const BATCH = { items: 5000, bytes: 8 * 1024 * 1024 };

/** What one record may become in all streams it goes to. It is written as one piece of text. */
const MOST_BYTES = 128 * 1024 * 1024;

/** Takes records and says that they are stored only when they are. */
@Injectable()
export class IngestService {
  private readonly commits: GroupCommit<NewEntry>;

  constructor(
    private readonly pipelines: PipelinesService,
    private readonly clock: ServerClock,
    private readonly counters: IngestCounters,
    entries: EntriesStore,
  ) {
    this.commits = new GroupCommit((batch) => entries.append(batch), BATCH);
  }

  /**
   * Runs a record through a pipeline, in by its `direct` source. Resolves when the record is stored in every stream it
   * reached, which may be none; either all of them have it or none.
   * @throws Problem NOT_FOUND for an absent pipeline, INVALID_ARGUMENT for one that cannot run, UNIMPLEMENTED for one
   * that this version cannot run, TOO_LARGE, INSUFFICIENT_STORAGE.
   */
  async ingest(pipeline: string, record: Record<string, string>): Promise<void> {
    const instant = this.clock.now();
    const streams = streamsReachedBy(await this.pipelines.get(pipeline));
    const fields = JSON.stringify(record);
    const fieldNames = Object.keys(record).map((name) => JSON.stringify(name));
    const bytes = Buffer.byteLength(fields) * streams.length;
    if (bytes > MOST_BYTES) {
      const text = `the record would take ${bytes} bytes in ${streams.length} streams, ${MOST_BYTES} are possible: send less`;
      throw new Problem('TOO_LARGE', text);
    }
    try {
      if (streams.length > 0) {
        const entries = streams.map((stream) => ({ stream, instant, fields, fieldNames }));
        await this.commits.add(entries, bytes);
      }
    } catch (error) {
      this.counters.countRun(pipeline, 'error');
      throw error;
    }
    this.counters.countRun(pipeline, 'success');
    for (const stream of streams) this.counters.countStored(stream);
  }
}
