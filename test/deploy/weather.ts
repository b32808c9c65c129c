import type { Values } from './helm.js';

/** With what the chart is installed where the weather is: schedules with limits of their own, and a folder for backups. */
export const INSTALLED: Values = {
  prometheusRule: { enabled: true, backupMaxAgeHours: 3, scheduleMaxAgeHours: { 'a.b': 1, weekly: 170 } },
  backup: { destinations: { nas: { type: 'folder', existingClaim: 'backups' } } },
};

/** What Prometheus has seen for a while, and what one alert makes of it. */
export interface Weather {
  alert: string;
  /** Why it fires, or why not. */
  because: string;
  /** Values by the minute, in promtool's notation: `0+0x9` is ten times 0, `_x5` five minutes without a value. */
  series: Record<string, string>;
  /** Since the first value, as `27h`. */
  at: string;
  /** Labels and summary of each alert that fires; left out when none may. */
  fires?: [labels: Record<string, string>, summary: string][];
}

/** Labels of what is about the pod. */
export const POD = { namespace: 'logs', pod: 'flowg-0' };
/** Labels that the operator's Prometheus gives what it scrapes from it. */
export const SCRAPED = { ...POD, job: 'flowg-headless' };
export const CRITICAL = { severity: 'critical' };
export const WARNING = { severity: 'warning' };

/** A series of the server. */
export const seriesOf = (metric: string, labels: Record<string, string> = {}) =>
  seriesName(metric, { ...SCRAPED, ...labels });

/** A series by its metric and its labels. */
export const seriesName = (metric: string, labels: Record<string, string>) =>
  `${metric}{${Object.entries(labels)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join()}}`;

/** Always the same, for as long as any of these looks. */
export const always = (value: number) => `${value}+0x250`;

export const HOUR = 3600;
