import { Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';

/** In prom-client's own registry, which `management/` serves. */
const storedLogs = new Counter({
  name: 'flowg_stream_log_total',
  help: 'Total number of log messages ingested in a stream',
  labelNames: ['stream'],
});

const pipelineRuns = new Counter({
  name: 'flowg_pipeline_log_total',
  help: 'Total number of log messages processed by a pipeline',
  labelNames: ['pipeline', 'status'],
});

/** Counts since the start of the process, under the reference's names. */
@Injectable()
export class IngestCounters {
  countStored(entries: { stream: string }[]): void {
    const counts = new Map<string, number>();
    for (const { stream } of entries) counts.set(stream, (counts.get(stream) ?? 0) + 1);
    for (const [stream, count] of counts) storedLogs.inc({ stream }, count);
  }

  /** Records are counted once the pipeline was found fit to run. */
  countRuns(pipeline: string, status: 'success' | 'error', records: number): void {
    pipelineRuns.inc({ pipeline, status }, records);
  }
}
