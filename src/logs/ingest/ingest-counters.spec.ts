import { register } from 'prom-client';
import { expect, it } from 'vitest';
import { IngestCounters } from './ingest-counters.js';

it('counts under the names of the reference, in the registry that is served', async () => {
  const counters = new IngestCounters();
  const stream = 'a "quoted" stream';
  counters.countStored([{ stream }, { stream }]);
  counters.countRuns('edge', 'success', 1);
  counters.countRuns('edge', 'error', 1);
  const text = await register.metrics();
  expect(text).toContain('flowg_stream_log_total{stream="a \\"quoted\\" stream"} 2');
  expect(text).toContain('flowg_pipeline_log_total{pipeline="edge",status="success"} 1');
  expect(text).toContain('flowg_pipeline_log_total{pipeline="edge",status="error"} 1');
});
