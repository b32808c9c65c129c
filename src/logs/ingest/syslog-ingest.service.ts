import { Inject, Injectable, Logger } from '@nestjs/common';
import { SETTINGS, type Settings } from '../../settings.js';
import { SyslogSink } from '../../syslog/syslog-sink.js';
import { CompiledPipelines } from '../pipeline/compiled-pipelines.service.js';
import { PipelineRunner } from '../pipeline/pipeline-runner.js';
import { type Fields, recordFault } from '../record.js';
import { EntryWriter } from './entry-writer.js';
import { IngestCounters } from './ingest-counters.js';

/** Nobody reads a line for each message of a sender that is never understood. */
const LOG_GAP_MILLISECONDS = 1000;

/**
 * Takes what comes by syslog through every pipeline that has a source for it. Nobody waits for an answer, so here each
 * message stands alone: what one cannot pass, another may.
 */
@Injectable()
export class SyslogIngestService extends SyslogSink {
  private readonly log = new Logger('Syslog');
  private loggedMs = 0;

  constructor(
    private readonly pipelines: CompiledPipelines,
    private readonly runner: PipelineRunner,
    private readonly writer: EntryWriter,
    private readonly counters: IngestCounters,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {
    super();
  }

  /** Resolves when all that can be stored is. @throws the first error when a pipeline could take none of it. */
  async take(messages: Fields[]): Promise<void> {
    const records = this.storable(messages);
    const unfit = messages.length - records.length;
    const errors: unknown[] = [];
    for (const name of await this.pipelines.namesForSyslog()) {
      if (unfit > 0) this.counters.countRuns(name, 'error', unfit);
      try {
        await this.takeThrough(name, records);
      } catch (error) {
        this.counters.countRuns(name, 'error', records.length);
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  private async takeThrough(name: string, records: Fields[]): Promise<void> {
    const { arrivals, failures } = await this.runner.run(await this.pipelines.get(name), 'syslog', records);
    await this.writer.write(arrivals.filter(({ index }) => !failures.has(index)));
    this.counters.countRuns(name, 'success', records.length - failures.size);
    const [failed] = failures.values();
    if (!failed) return;
    this.counters.countRuns(name, 'error', failures.size);
    this.warn(
      `${failures.size} messages did not pass ${JSON.stringify(name)}: ${failed.node.label} failed: ${failed.reason}`,
    );
  }

  /** Those that are within the limits of a record. */
  private storable(records: Fields[]): Fields[] {
    const faults: string[] = [];
    const fit = records.filter((record) => {
      const fault = recordFault(record, { valueBytes: this.settings.recordValueBytes });
      if (fault !== undefined) faults.push(fault);
      return fault === undefined;
    });
    if (faults.length > 0) this.warn(`${faults.length} messages cannot be stored: ${faults[0]}`);
    return fit;
  }

  private warn(text: string): void {
    if (Date.now() - this.loggedMs < LOG_GAP_MILLISECONDS) return;
    this.loggedMs = Date.now();
    this.log.warn(text);
  }
}
