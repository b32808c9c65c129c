import { parser } from '@prometheus-io/lezer-promql';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TestServer } from '../support/test-server.js';
import { type Rule, ruleObject, rulesOf, WATCHED } from './alert-rules.js';
import { CHART, hasHelm, only, render, type Values } from './helm.js';
import { ADDED, FOREIGN, labelsOfMetric, registerMetrics } from './known-metrics.js';

const rules = (values: Values = {}): Rule[] => rulesOf(ruleObject(values));
const rule = (name: string, values: Values = {}) => rules(values).find(({ alert }) => alert === name)!;

const dashboard = JSON.parse(readFileSync(join(CHART, 'dashboards', 'flowg.json'), 'utf8'));
const panels: { expr: string; legendFormat: string }[] = dashboard.panels.flatMap(
  (panel: any) => panel.targets ?? [],
);

/** @returns the part of the expression that PromQL does not know. */
function faultOf(expression: string): string | undefined {
  const cursor = parser.parse(expression).cursor();
  do {
    if (cursor.type.isError) return expression.slice(cursor.from) || 'it ends too early';
  } while (cursor.next());
  return undefined;
}

/** Metrics of an expression, and the labels that it asks for or groups by. */
function namesIn(expression: string): { metrics: string[]; labels: string[] } {
  const metrics: string[] = [];
  const labels: string[] = [];
  const cursor = parser.parse(expression).cursor();
  do {
    const text = expression.slice(cursor.from, cursor.to);
    if (cursor.name === 'Identifier' && cursor.node.parent?.name === 'VectorSelector') metrics.push(text);
    if (cursor.name === 'LabelName') labels.push(text);
  } while (cursor.next());
  return { metrics, labels };
}

let server: TestServer;
let exposed: string;

beforeAll(async () => {
  server = await TestServer.start();
  const token = await server.login();
  for (const path of ['backup/auth', 'backup']) {
    const answer = await fetch(`${server.url}/api/v1/${path}`, {
      headers: { Authorization: `Bearer jwt:${token}` },
    });
    await answer.arrayBuffer();
  }
  // A backup is counted when its last byte has gone, which the client may see a little earlier.
  exposed = await vi.waitFor(async () => {
    const text = await metricsNow();
    expect(text).toContain('database="all"');
    return text;
  });
  await registerMetrics();
});
afterAll(() => server.stop());

async function metricsNow(): Promise<string> {
  return (await fetch(`${server.managementUrl}/metrics`)).text();
}

/** The labels that the server gives these metrics. */
const labelsOf = (metrics: string[]) => metrics.flatMap((name) => labelsOfMetric(name) ?? []);

/** @returns the metrics that the server of today does not expose. */
function unknownMetrics(expressions: string[]): string[] {
  const known = new Set([...exposed.matchAll(/^# TYPE (\w+)/gm)].map((found) => found[1]!));
  return expressions
    .flatMap((expression) => namesIn(expression).metrics)
    .filter(
      (name) =>
        !FOREIGN.test(name) && !known.has(name.replace(/_(bucket|sum|count)$/, '')) && !known.has(name),
    );
}

describe.skipIf(!hasHelm)('the alert rules', () => {
  it('are PromQL', () => {
    expect(rules().length).toBeGreaterThan(12);
    for (const { alert, expr } of rules()) expect(faultOf(expr), alert).toBeUndefined();
    expect(faultOf('sum by (x (flowg_x)')).toBeDefined();
  });

  it('are about metrics that the server has, all of them its own pods', () => {
    expect(unknownMetrics(rules().map(({ expr }) => expr))).toEqual([]);
    for (const { expr } of rules()) {
      const selectors = expr.match(/\{[^}]*\}/g)!;
      for (const selector of selectors)
        expect(selector).toMatch(
          /^\{namespace="logs",(job="flowg-headless"|persistentvolumeclaim="data-flowg-0")/,
        );
    }
  });

  it('speak of labels that their metrics have', () => {
    for (const { alert, expr, labels, annotations } of rules()) {
      const { metrics, labels: asked } = namesIn(expr);
      const has = (label: string) =>
        ADDED.includes(label) || label in labels || labelsOf(metrics).includes(label);
      const mentioned = [...annotations.summary.matchAll(/\$labels\.(\w+)/g)].map((found) => found[1]!);
      expect(
        [...asked, ...mentioned].filter((label) => !has(label)),
        alert,
      ).toEqual([]);
    }
  });

  it('tell for each database when its backup is too old or was never made; one of everything counts for all', () => {
    const ages = rules().filter(({ alert }) => alert === 'FlowgBackupTooOld');
    expect(ages.map(({ labels }) => labels.database)).toEqual(['auth', 'config', 'logs']);
    for (const { expr, labels } of ages) {
      expect(expr).toContain(`kind="backup",database=~"${labels.database}|all"`);
      expect(expr).toMatch(/ > 93600$/);
    }
    const never = rules({ prometheusRule: { enabled: true, backupMaxAgeHours: 5 } }).filter(
      ({ alert }) => alert === 'FlowgNeverBackedUp',
    );
    expect(never.map((one) => [one.labels.database, one.for])).toEqual([
      ['auth', '5h'],
      ['config', '5h'],
      ['logs', '5h'],
    ]);
    expect(exposed).toMatch(
      /^flowg_backup_last_success_timestamp_seconds\{kind="backup",database="all"\} \d/m,
    );
    expect(exposed).toMatch(
      /^flowg_backup_last_success_timestamp_seconds\{kind="backup",database="auth"\} \d/m,
    );
    for (const database of ['auth', 'config', 'logs'])
      expect(exposed).toMatch(new RegExp(`^flowg_database_generation\\{database="${database}"\\} 1$`, 'm'));
  });

  describe('about schedules', () => {
    const hours = { enabled: true, scheduleMaxAgeHours: { weekly: 170, 'every.month': 750 } };
    const named = (name: string) => rules({ prometheusRule: hours }).filter(({ alert }) => alert === name);

    it('tell when one is late by its own next run', () => {
      expect(rule('FlowgScheduleOverdue').expr).toMatch(
        /^time\(\) - flowg_backup_schedule_next_run_timestamp_seconds\{\S+\} > 7200$/,
      );
    });

    it('tell when its newest backup is too old, each schedule by one limit, and only while it is on', () => {
      const old = named('FlowgScheduledBackupTooOld');
      expect(
        old.map(({ expr }) => [/schedule(=|!~)"[^"]+"/.exec(expr)![0], /> (\d+)/.exec(expr)![1]]),
      ).toEqual([
        [String.raw`schedule!~"every\\.month|weekly"`, '93600'],
        ['schedule="every.month"', '2700000'],
        ['schedule="weekly"', '612000'],
      ]);
      for (const { expr } of old)
        expect(expr).toContain('and on (namespace, pod, schedule) flowg_backup_schedule_next_run');
      expect(named('FlowgScheduleNeverSucceeded').map((one) => one.for)).toEqual(['26h', '750h', '170h']);
      expect(rule('FlowgScheduledBackupTooOld').expr).not.toContain('schedule!~');
    });

    it('tell when a backup was made and not proved, or is known to be bad', () => {
      expect(rule('FlowgBackupUnproven')).toMatchObject({ for: '2h' });
      expect(rule('FlowgBackupUnproven').expr).toMatch(
        /^(flowg_backup_schedule_last_success\S+) > (flowg_backup_schedule_last_proven\S+) or \1 unless \2$/,
      );
      expect(rule('FlowgBackupProofFailed').expr).toContain('reason="proof"');
      expect(rule('FlowgScheduleFailed').expr).toContain('reason!="proof"');
    });

    it('tell when the volume of a folder fills, of each its own', () => {
      const destinations = {
        nas: { type: 'folder', existingClaim: 'one' },
        other: { type: 'folder', existingClaim: 'two' },
        s3: { type: 's3', bucket: 'b' },
      };
      const filling = rules({ backup: { destinations } }).filter(
        ({ alert }) => alert === 'FlowgBackupVolumeFilling',
      );
      expect(filling.map(({ labels }) => labels.destination)).toEqual(['nas', 'other']);
      expect(filling[1]!.expr).toContain('{namespace="logs",persistentvolumeclaim="two"}');
    });
  });

  it('follow the settings and the claim', () => {
    const settings = { FLOWG_SYSLOG_QUEUE_SIZE: 5_000_000, FLOWG_SNAPSHOT_WAL_BUDGET_MB: 100_000 };
    expect(rule('FlowgSyslogQueueFilling', { settings }).expr).toMatch(/ > 4000000$/);
    expect(rule('FlowgWriteAheadLogLarge', { settings }).expr).toMatch(/ > 419430400000$/);
    expect(rule('FlowgVolumeFilling').expr).toMatch(/ < 0\.15$/);
    expect(rule('FlowgCertificateEnding').expr).toMatch(/ < 1209600$/);
    const mine = rule('FlowgVolumeFilling', { persistence: { existingClaim: 'mine' } });
    expect(mine.expr).toContain('persistentvolumeclaim="mine"');
  });

  it('see the first event of a counter as well', () => {
    expect(rule('FlowgSyslogDropping').expr).toMatch(
      /^increase\((\S+)\[15m\]\) > 0 or \(\1 unless \1 offset 15m\) > 0$/,
    );
  });
});

describe('the dashboard', () => {
  it('asks in PromQL for metrics that the server has', () => {
    const expressions = panels.map(({ expr }) => expr.replaceAll('$__rate_interval', '5m'));
    expect(expressions.length).toBeGreaterThan(15);
    for (const expression of expressions) expect(faultOf(expression), expression).toBeUndefined();
    expect(unknownMetrics(expressions)).toEqual([]);
  });

  it('names its lines by labels that there are', () => {
    for (const { expr, legendFormat } of panels) {
      const labels = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map((found) => found[1]!);
      const { metrics } = namesIn(expr.replaceAll('$__rate_interval', '5m'));
      const known = new Set([...ADDED, ...labelsOf(metrics)]);
      expect(
        labels.filter((label) => !known.has(label)),
        expr,
      ).toEqual([]);
    }
  });

  it.skipIf(!hasHelm)('is brought to Grafana as it is', () => {
    const { metadata, data } = only(render(WATCHED), 'ConfigMap');
    expect(metadata.labels.grafana_dashboard).toBe('1');
    expect(JSON.parse(data['flowg.json'])).toEqual(dashboard);
  });
});
