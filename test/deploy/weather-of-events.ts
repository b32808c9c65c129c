import { CRITICAL, SCRAPED, seriesOf, WARNING, type Weather } from './weather.js';

/** A counter that nobody had until its first event, in minute 30. */
const FIRST_EVENT = '_x30 1+0x30';

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

/** Something has happened that must not, once or once more. */
export const WEATHER_OF_EVENTS: Weather[] = COUNTED.flatMap(([alert, metric, labels, severity, summary]) => {
  const series = { [seriesOf(metric, labels)]: FIRST_EVENT };
  const fires: Weather['fires'] = [[{ ...SCRAPED, ...labels, ...severity }, summary]];
  return [
    { alert, because: `of a first event (${summary})`, series, at: '35m', fires },
    { alert, because: 'that was more than 15 minutes ago', series, at: '50m' },
    {
      alert,
      because: 'of one more',
      series: { [seriesOf(metric, labels)]: '3+0x30 4+0x30' },
      at: '35m',
      fires,
    },
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

/** Something has happened that is counted beside it. */
export const WEATHER_OF_HARMLESS_EVENTS: Weather[] = HARMLESS.map(([alert, metric, labels]) => ({
  alert,
  because: `${Object.values(labels).at(-1)} is no such event`,
  series: { [seriesOf(metric, labels)]: FIRST_EVENT },
  at: '35m',
}));
