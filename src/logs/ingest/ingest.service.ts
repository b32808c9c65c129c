import { Inject, Injectable } from '@nestjs/common';
import { invalidArgument, Problem } from '../../problems.js';
import { SETTINGS, type Settings } from '../../settings.js';
import { CompiledPipelines } from '../pipeline/compiled-pipelines.service.js';
import { type NodeFailure, PipelineRunner } from '../pipeline/pipeline-runner.js';
import { type Fields, MOST_RECORDS, recordFault } from '../record.js';
import { EntryWriter } from './entry-writer.js';
import { IngestCounters } from './ingest-counters.js';

/** Takes records and says that they are stored only when they are. */
@Injectable()
export class IngestService {
  constructor(
    private readonly pipelines: CompiledPipelines,
    private readonly runner: PipelineRunner,
    private readonly writer: EntryWriter,
    private readonly counters: IngestCounters,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Runs records through a pipeline, in by its `direct` source. Resolves when every record is stored in every stream it
   * reached, which may be none, and every alert is on record; either all of that has happened or nothing.
   * @throws Problem NOT_FOUND for an absent pipeline or one that names something absent, INVALID_ARGUMENT for a record
   * that cannot be stored or transformed and for a pipeline that cannot run, TOO_LARGE, UNAVAILABLE,
   * INSUFFICIENT_STORAGE.
   */
  async ingest(name: string, records: Fields[]): Promise<void> {
    this.requireStorable(records);
    const pipeline = await this.pipelines.get(name);
    try {
      const { arrivals, failures } = await this.runner.run(pipeline, 'direct', records);
      const [failed] = failures;
      if (failed) throw failureProblem(records.length, ...failed);
      await this.writer.write(arrivals);
    } catch (error) {
      this.counters.countRuns(name, 'error', records.length);
      throw error;
    }
    this.counters.countRuns(name, 'success', records.length);
  }

  private requireStorable(records: Fields[]): void {
    if (records.length > MOST_RECORDS)
      throw invalidArgument(`invalid argument: more than ${MOST_RECORDS} records: send fewer at a time`);
    for (const [index, record] of records.entries()) {
      const fault = recordFault(record, { valueBytes: this.settings.recordValueBytes });
      if (fault !== undefined)
        throw invalidArgument(`invalid argument: ${recordLabel(index, records.length)}${fault}`);
    }
  }
}

function failureProblem(count: number, index: number, { node, reason }: NodeFailure): Problem {
  return invalidArgument(
    `invalid argument: ${recordLabel(index, count)}${node.label} failed: ${reason}; nothing was stored`,
    { [`node:${node.id}`]: [reason] },
  );
}

/** The first record of a request is number 0, as in the list that was sent. */
function recordLabel(index: number, count: number): string {
  return count === 1 ? '' : `record ${index}: `;
}
