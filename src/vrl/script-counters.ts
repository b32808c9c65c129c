import { Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import { type Fields, ScriptFailure } from './script-engine.js';

/** In prom-client's own registry, which `management/` serves. */
const records = new Counter({
  name: 'flowg_transformer_records_total',
  help: 'Total number of records that went through a transformer',
  labelNames: ['outcome'],
});

const stops = new Counter({
  name: 'flowg_transformer_stopped_total',
  help: 'Total number of times a transformer had to be stopped, because of time or memory',
  labelNames: ['reason'],
});

for (const outcome of ['ok', 'failed']) records.inc({ outcome }, 0);
for (const reason of ['time', 'memory']) stops.inc({ reason }, 0);

/** Counts since the start of the process. */
@Injectable()
export class ScriptCounters {
  countResults(results: (Fields | ScriptFailure)[]): void {
    const failed = results.filter((result) => result instanceof ScriptFailure).length;
    records.inc({ outcome: 'failed' }, failed);
    records.inc({ outcome: 'ok' }, results.length - failed);
  }

  countStop(reason: 'time' | 'memory'): void {
    stops.inc({ reason });
  }
}
