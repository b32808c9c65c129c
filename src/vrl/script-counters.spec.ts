import { register } from 'prom-client';
import { expect, it } from 'vitest';
import { ScriptCounters } from './script-counters.js';
import { ScriptFailure } from './script-engine.js';

it('counts records by what became of them, and stops, from zero on', async () => {
  expect(await register.metrics()).toContain('flowg_transformer_stopped_total{reason="memory"} 0');
  const counters = new ScriptCounters();
  counters.countResults([{ a: '1' }, new ScriptFailure('aborted'), { reason: 'a field like any other' }]);
  counters.countStop('time');
  const text = await register.metrics();
  expect(text).toContain('flowg_transformer_records_total{outcome="ok"} 2');
  expect(text).toContain('flowg_transformer_records_total{outcome="failed"} 1');
  expect(text).toContain('flowg_transformer_stopped_total{reason="time"} 1');
  expect(text).toContain('flowg_transformer_stopped_total{reason="memory"} 0');
});
