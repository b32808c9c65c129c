import { Injectable, Logger } from '@nestjs/common';
import { SyslogSink } from '../../syslog/syslog-sink.js';
import { CompiledPipelines } from '../pipeline/compiled-pipelines.service.js';
import { PipelineRunner } from '../pipeline/pipeline-runner.js';
import type { Fields } from '../record.js';
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
  ) {
    super();
  }

  /** Resolves when all that can be stored is. @throws the first error when a pipeline could take none of it. */
  async take(records: Fields[]): Promise<void> {
    const errors: unknown[] = [];
    for (const name of await this.pipelines.namesForSyslog()) {
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
    this.counters.countRuns(name, 'error', failures.size);
    const [failed] = failures.values();
    if (failed && Date.now() - this.loggedMs > LOG_GAP_MILLISECONDS) {
      this.loggedMs = Date.now();
      const pipeline = JSON.stringify(name);
      this.log.warn(
        `${failures.size} messages did not pass ${pipeline}: ${failed.node.label} failed: ${failed.reason}`,
      );
    }
  }
}
