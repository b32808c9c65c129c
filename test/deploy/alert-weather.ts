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

const POD = { namespace: 'logs', pod: 'flowg-0' };
const SCRAPED = { ...POD, job: 'flowg-headless' };
const CRITICAL = { severity: 'critical' };
const WARNING = { severity: 'warning' };

/** A series of the server. */
const of = (metric: string, labels: Record<string, string> = {}) =>
  seriesName(metric, { ...SCRAPED, ...labels });

const seriesName = (metric: string, labels: Record<string, string>) =>
  `${metric}{${Object.entries(labels)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join()}}`;

/** Always the same, for as long as any of these looks. */
const always = (value: number) => `${value}+0x250`;
/** A counter that nobody had until its first event, in minute 30. */
const FIRST_EVENT = '_x30 1+0x30';

const scheduled = (what: string, schedule = 'nightly') =>
  of(`flowg_backup_schedule_${what}_timestamp_seconds`, { schedule, database: 'all' });
const success = (kind: string, database: string) =>
  of('flowg_backup_last_success_timestamp_seconds', { kind, database });
const generations = Object.fromEntries(
  ['auth', 'config', 'logs'].map((database) => [of('flowg_database_generation', { database }), always(1)]),
);
const volume = (claim: string, available: number) => ({
  [seriesName('kubelet_volume_stats_available_bytes', { namespace: 'logs', persistentvolumeclaim: claim })]:
    always(available),
  [seriesName('kubelet_volume_stats_capacity_bytes', { namespace: 'logs', persistentvolumeclaim: claim })]:
    always(100),
});
const filling = { namespace: 'logs', persistentvolumeclaim: 'data-flowg-0', ...CRITICAL };

const HOUR = 3600;

/** Alerts about a counter that must not grow: of which series, with which labels, in which words. */
const COUNTED: [
  alert: string,
  metric: string,
  labels: Record<string, string>,
  severity: object,
  summary: string,
][] = [
  [
    'FlowgBackupOrRestoreFailed',
    'flowg_backup_runs_total',
    { kind: 'backup', database: 'logs', outcome: 'failed' },
    WARNING,
    'A backup of logs has failed: GET /api/v1/backups tells why',
  ],
  [
    'FlowgBackupOrRestoreFailed',
    'flowg_backup_runs_total',
    { kind: 'restore', database: 'auth', outcome: 'interrupted' },
    WARNING,
    'A restore of auth has failed: GET /api/v1/restores tells why',
  ],
  [
    'FlowgBackupProofFailed',
    'flowg_backup_schedule_failures_total',
    { schedule: 'nightly', database: 'all', reason: 'proof' },
    CRITICAL,
    'A backup of all by the schedule nightly cannot be restored as it lies there: GET /api/v1/backups tells why',
  ],
  [
    'FlowgScheduleFailed',
    'flowg_backup_schedule_failures_total',
    { schedule: 'nightly', database: 'all', reason: 'retention' },
    WARNING,
    'The schedule nightly has failed (retention): GET /api/v1/backups tells why',
  ],
  [
    'FlowgInternalErrors',
    'flowg_http_requests_total',
    { method: 'GET', route: '/api/v1/streams', status: '500' },
    WARNING,
    'GET /api/v1/streams has failed inside the server: its log has the cause',
  ],
  [
    'FlowgSyslogDropping',
    'flowg_syslog_dropped_total',
    { reason: 'kernel' },
    WARNING,
    'Syslog messages are lost (kernel)',
  ],
  [
    'FlowgPipelineErrors',
    'flowg_pipeline_log_total',
    { pipeline: 'shop', status: 'error' },
    WARNING,
    'Records fail in the pipeline shop',
  ],
  [
    'FlowgTransformerStopped',
    'flowg_transformer_stopped_total',
    { reason: 'memory' },
    WARNING,
    'A transformer takes too much (memory) and was stopped',
  ],
  [
    'FlowgAlertNotDelivered',
    'flowg_alert_deliveries_total',
    { alert: 'on-call', outcome: 'dropped' },
    WARNING,
    'The alert on-call was not delivered: GET /api/v1/alerts/on-call/deliveries tells why',
  ],
];

const weatherOfCounters: Weather[] = COUNTED.flatMap(([alert, metric, labels, severity, summary]) => {
  const series = { [of(metric, labels)]: FIRST_EVENT };
  const fires: Weather['fires'] = [[{ ...SCRAPED, ...labels, ...severity }, summary]];
  return [
    { alert, because: `of a first event (${summary})`, series, at: '35m', fires },
    { alert, because: 'that was more than 15 minutes ago', series, at: '50m' },
    { alert, because: 'of one more', series: { [of(metric, labels)]: '3+0x30 4+0x30' }, at: '35m', fires },
  ];
});

/** Events that are counted beside the bad ones. */
const HARMLESS: [alert: string, metric: string, labels: Record<string, string>][] = [
  [
    'FlowgBackupOrRestoreFailed',
    'flowg_backup_runs_total',
    { kind: 'restore', database: 'logs', outcome: 'refused' },
  ],
  [
    'FlowgBackupOrRestoreFailed',
    'flowg_backup_runs_total',
    { kind: 'backup', database: 'logs', outcome: 'succeeded' },
  ],
  [
    'FlowgBackupProofFailed',
    'flowg_backup_schedule_failures_total',
    { schedule: 'nightly', database: 'all', reason: 'backup' },
  ],
  [
    'FlowgScheduleFailed',
    'flowg_backup_schedule_failures_total',
    { schedule: 'nightly', database: 'all', reason: 'proof' },
  ],
  ['FlowgInternalErrors', 'flowg_http_requests_total', { method: 'GET', route: '/', status: '404' }],
  ['FlowgPipelineErrors', 'flowg_pipeline_log_total', { pipeline: 'shop', status: 'success' }],
  ['FlowgAlertNotDelivered', 'flowg_alert_deliveries_total', { alert: 'on-call', outcome: 'delivered' }],
];

const weatherOfTheHarmless: Weather[] = HARMLESS.map(([alert, metric, labels]) => ({
  alert,
  because: `${Object.values(labels).at(-1)} is no such event`,
  series: { [of(metric, labels)]: FIRST_EVENT },
  at: '35m',
}));

/** Backups of any kind: too old, or never made. */
const weatherOfBackups: Weather[] = [
  {
    alert: 'FlowgBackupTooOld',
    because: 'a restore is no backup',
    series: { [success('backup', 'auth')]: always(60), [success('restore', 'auth')]: always(3 * HOUR) },
    at: '4h',
    fires: [
      [
        { ...POD, ...CRITICAL, database: 'auth' },
        'The newest backup of the auth database is older than 3 hours',
      ],
    ],
  },
  {
    alert: 'FlowgBackupTooOld',
    because: 'a newer one of everything counts',
    series: { [success('backup', 'auth')]: always(60), [success('backup', 'all')]: always(2 * HOUR) },
    at: '4h',
  },
  {
    alert: 'FlowgNeverBackedUp',
    because: 'only one database was',
    series: { ...generations, [success('backup', 'logs')]: always(60) },
    at: '4h',
    fires: ['auth', 'config'].map((database) => [
      { ...SCRAPED, ...CRITICAL, database },
      `There was never a backup of the ${database} database`,
    ]),
  },
  {
    alert: 'FlowgNeverBackedUp',
    because: 'there was one of everything',
    series: { ...generations, [success('backup', 'all')]: always(60) },
    at: '4h',
  },
  {
    alert: 'FlowgNeverBackedUp',
    because: 'there is time for it',
    series: generations,
    at: '2h',
  },
];

const bySchedule = (schedule: string) => ({ ...SCRAPED, ...CRITICAL, schedule, database: 'all' });
const tooOld = (schedule: string, hours: number): [Record<string, string>, string] => [
  bySchedule(schedule),
  `The newest backup of all by the schedule ${schedule} is older than ${hours} hours`,
];
const neverMade: Weather['fires'] = [
  [bySchedule('nightly'), 'The schedule nightly has never made a backup of all'],
];
const unproven: Weather['fires'] = [
  [
    bySchedule('nightly'),
    'The newest backup of all by the schedule nightly was not read back: nobody knows whether it restores',
  ],
];

const weatherOfSchedules: Weather[] = [
  {
    alert: 'FlowgScheduleOverdue',
    because: 'its next run is two hours ago',
    series: { [scheduled('next_run')]: always(HOUR) },
    at: '181m',
    fires: [[bySchedule('nightly'), 'The backup of all by the schedule nightly is more than 2 h late']],
  },
  {
    alert: 'FlowgScheduleOverdue',
    because: 'two hours are granted',
    series: { [scheduled('next_run')]: always(HOUR) },
    at: '179m',
  },
  {
    alert: 'FlowgScheduledBackupTooOld',
    because: 'only the schedule of exactly that name has a limit of its own',
    series: {
      [scheduled('last_success', 'axb')]: always(60),
      [scheduled('next_run', 'axb')]: always(60),
      [scheduled('last_success', 'a.b')]: always(3 * HOUR),
      [scheduled('next_run', 'a.b')]: always(60),
    },
    at: '245m',
    fires: [tooOld('axb', 3), tooOld('a.b', 1)],
  },
  {
    alert: 'FlowgScheduledBackupTooOld',
    because: 'who has a limit of its own has no other',
    series: {
      [scheduled('last_success', 'weekly')]: always(60),
      [scheduled('next_run', 'weekly')]: always(60),
    },
    at: '4h',
  },
  {
    alert: 'FlowgScheduledBackupTooOld',
    because: 'the schedule is not enabled',
    series: { [scheduled('last_success')]: always(60) },
    at: '4h',
  },
  {
    alert: 'FlowgScheduleNeverSucceeded',
    because: 'it has had enough time for it',
    series: { [scheduled('next_run')]: always(60) },
    at: '4h',
    fires: neverMade,
  },
  {
    alert: 'FlowgScheduleNeverSucceeded',
    because: 'there is time for it',
    series: { [scheduled('next_run')]: always(60) },
    at: '2h',
  },
  {
    alert: 'FlowgScheduleNeverSucceeded',
    because: 'it has, once',
    series: { [scheduled('next_run')]: always(60), [scheduled('last_success')]: always(60) },
    at: '4h',
  },
  {
    alert: 'FlowgBackupUnproven',
    because: 'the one that was proven is older',
    series: { [scheduled('last_success')]: always(HOUR), [scheduled('last_proven')]: always(60) },
    at: '3h',
    fires: unproven,
  },
  {
    alert: 'FlowgBackupUnproven',
    because: 'none was ever proven',
    series: { [scheduled('last_success')]: always(HOUR) },
    at: '3h',
    fires: unproven,
  },
  {
    alert: 'FlowgBackupUnproven',
    because: 'the proof came later',
    series: { [scheduled('last_success')]: always(HOUR), [scheduled('last_proven')]: always(HOUR + 5) },
    at: '3h',
  },
];

const weatherOfServer: Weather[] = [
  {
    alert: 'FlowgDown',
    because: 'it does not answer',
    series: { [of('up')]: always(0) },
    at: '6m',
    fires: [[CRITICAL, 'No FlowG server answers on its management port']],
  },
  {
    alert: 'FlowgDown',
    because: 'another one is up, but not this one',
    series: { [seriesName('up', { namespace: 'other', job: 'flowg-headless' })]: always(1) },
    at: '6m',
    fires: [[CRITICAL, 'No FlowG server answers on its management port']],
  },
  { alert: 'FlowgDown', because: 'it answers', series: { [of('up')]: always(1) }, at: '6m' },
  {
    alert: 'FlowgCertificateEnding',
    because: 'of less than 14 days',
    series: {
      [of('flowg_tls_certificate_expiry_timestamp_seconds', { listener: 'http' })]: always(14 * 24 * HOUR),
      [of('flowg_tls_certificate_expiry_timestamp_seconds', { listener: 'syslog' })]: always(15 * 24 * HOUR),
    },
    at: '1m',
    fires: [
      [
        { ...SCRAPED, ...WARNING, listener: 'http' },
        'The certificate of the http listener ends in less than 14 days, and nobody has renewed it',
      ],
    ],
  },
  {
    alert: 'FlowgCertificateEnding',
    because: 'fifteen days are enough',
    series: {
      [of('flowg_tls_certificate_expiry_timestamp_seconds', { listener: 'http' })]: always(15 * 24 * HOUR),
    },
    at: '1m',
  },
  {
    alert: 'FlowgVolumeFilling',
    because: 'of 14%',
    series: { ...volume('data-flowg-0', 14), ...volume('of-somebody-else', 1) },
    at: '6m',
    fires: [
      [filling, 'Less than 15% of the volume is free; a restore needs room for the old and the new state'],
    ],
  },
  { alert: 'FlowgVolumeFilling', because: 'of 15%', series: volume('data-flowg-0', 15), at: '6m' },
  {
    alert: 'FlowgBackupVolumeFilling',
    because: 'of 14% of the volume of a destination',
    series: { ...volume('data-flowg-0', 14), ...volume('backups', 14) },
    at: '6m',
    fires: [
      [
        { ...filling, persistentvolumeclaim: 'backups', destination: 'nas' },
        'Less than 15% of the volume of the destination nas is free; the next backup may not fit',
      ],
    ],
  },
  {
    alert: 'FlowgBackupVolumeFilling',
    because: 'of 15% of it',
    series: volume('backups', 15),
    at: '6m',
  },
  {
    alert: 'FlowgWriteAheadLogLarge',
    because: 'it has stayed so',
    series: { [of('flowg_database_wal_bytes', { database: 'logs' })]: always(256 * 1024 * 1024 + 1) },
    at: '16m',
    fires: [
      [
        { ...SCRAPED, ...WARNING, database: 'logs' },
        'The write-ahead log of the logs database has stayed large: something reads for very long',
      ],
    ],
  },
  {
    alert: 'FlowgWriteAheadLogLarge',
    because: 'it was for ten minutes',
    series: { [of('flowg_database_wal_bytes', { database: 'logs' })]: `0+0x5 ${2 ** 30}+0x10 0+0x300` },
    at: '17m',
  },
  {
    alert: 'FlowgSyslogQueueFilling',
    because: 'of 8001 messages',
    series: { [of('flowg_syslog_queue_depth')]: always(8001) },
    at: '2m',
    fires: [
      [{ ...SCRAPED, ...WARNING }, 'Four fifths of the syslog queue are taken; what does not fit is lost'],
    ],
  },
  {
    alert: 'FlowgSyslogQueueFilling',
    because: 'of 8000',
    series: { [of('flowg_syslog_queue_depth')]: always(8000) },
    at: '2m',
  },
];

/** For each alert one when it fires and one when it does not, at least. */
export const WEATHER: Weather[] = [
  ...weatherOfBackups,
  ...weatherOfSchedules,
  ...weatherOfServer,
  ...weatherOfCounters,
  ...weatherOfTheHarmless,
];
