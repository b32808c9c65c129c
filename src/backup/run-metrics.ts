import { Counter, Gauge, Histogram } from 'prom-client';
import type { Run } from './run.entity.js';

const labelNames = ['kind', 'database'] as const;

const runs = new Counter({
  name: 'flowg_backup_runs_total',
  help: 'Backups and restores that have ended, by outcome',
  labelNames: [...labelNames, 'outcome'],
});

const bytes = new Counter({
  name: 'flowg_backup_bytes_total',
  help: 'Bytes of the files of successful backups and restores',
  labelNames,
});

const seconds = new Histogram({
  name: 'flowg_backup_duration_seconds',
  help: 'Time that successful backups and restores took, transfer included',
  labelNames,
  buckets: [0.01, 0.05, 0.25, 1, 5, 30, 120, 600, 3600],
});

const lastSuccess = new Gauge({
  name: 'flowg_backup_last_success_timestamp_seconds',
  help: 'When the newest successful backup or restore ended, Unix time',
  labelNames,
});

const lastProven = new Gauge({
  name: 'flowg_backup_last_proven_timestamp_seconds',
  help: 'When a stored backup was last read back, opened and found right, Unix time',
  labelNames: ['database'],
});

/** Counts a run that has ended. */
export function measureRun(run: Run): void {
  const { kind, database, outcome } = run;
  runs.inc({ kind, database, outcome });
  if (outcome !== 'succeeded' || run.finishedMs === null) return;
  bytes.inc({ kind, database }, run.bytes ?? 0);
  seconds.observe({ kind, database }, (run.finishedMs - run.startedMs) / 1000);
  rememberSuccess(run.kind, run.database, run.finishedMs);
}

/** @param finishedMs Unix milliseconds; also used at the start, for what happened before it. */
export function rememberSuccess(kind: string, database: string, finishedMs: number): void {
  lastSuccess.set({ kind, database }, finishedMs / 1000);
}

/** @param endedMs Unix milliseconds; also used at the start, for what happened before it. */
export function rememberProven(database: string, endedMs: number): void {
  lastProven.set({ database }, endedMs / 1000);
}
