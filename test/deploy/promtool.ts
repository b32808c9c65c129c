import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasProgram } from '../support/programs.js';
import type { Rule } from './alert-rules.js';
import type { Weather } from './weather.js';

/** Prometheus' own program for trying rules, of the Debian package `prometheus`. */
export const hasPromtool = hasProgram('promtool');

/**
 * Lets Prometheus evaluate rules over series that begin in 1970.
 * @returns what came otherwise than it was expected, in promtool's words; nothing when all was so.
 */
export function deviations(rules: Rule[], { alert, series, at, fires = [] }: Weather): string {
  const input = Object.entries(series).map(([name, values]) => ({ series: name, values }));
  const expected = fires.map(([labels, summary]) => ({ exp_labels: labels, exp_annotations: { summary } }));
  const files = {
    'rules.json': { groups: [{ name: 'tried', rules }] },
    'trial.json': {
      rule_files: ['rules.json'],
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: input,
          alert_rule_test: [{ alertname: alert, eval_time: at, exp_alerts: expected }],
        },
      ],
    },
  };
  const folder = mkdtempSync(join(tmpdir(), 'flowg-rules-'));
  try {
    for (const [name, content] of Object.entries(files))
      writeFileSync(join(folder, name), JSON.stringify(content));
    const run = spawnSync('promtool', ['test', 'rules', 'trial.json'], { cwd: folder, encoding: 'utf8' });
    return run.status === 0 ? '' : `${run.stdout}${run.stderr}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
