import { always, CRITICAL, HOUR, SCRAPED, seriesName, seriesOf, WARNING, type Weather } from './weather.js';

const volume = (claim: string, available: number) => ({
  [seriesName('kubelet_volume_stats_available_bytes', { namespace: 'logs', persistentvolumeclaim: claim })]:
    always(available),
  [seriesName('kubelet_volume_stats_capacity_bytes', { namespace: 'logs', persistentvolumeclaim: claim })]:
    always(100),
});
const filling = { namespace: 'logs', persistentvolumeclaim: 'data-flowg-0', ...CRITICAL };

/** The server itself, its certificates, its volumes and what waits in it. */
export const WEATHER_OF_SERVER: Weather[] = [
  {
    alert: 'FlowgDown',
    because: 'it does not answer',
    series: { [seriesOf('up')]: always(0) },
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
  { alert: 'FlowgDown', because: 'it answers', series: { [seriesOf('up')]: always(1) }, at: '6m' },
  {
    alert: 'FlowgCertificateEnding',
    because: 'of less than 14 days',
    series: {
      [seriesOf('flowg_tls_certificate_expiry_timestamp_seconds', { listener: 'http' })]: always(
        14 * 24 * HOUR,
      ),
      [seriesOf('flowg_tls_certificate_expiry_timestamp_seconds', { listener: 'syslog' })]: always(
        15 * 24 * HOUR,
      ),
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
      [seriesOf('flowg_tls_certificate_expiry_timestamp_seconds', { listener: 'http' })]: always(
        15 * 24 * HOUR,
      ),
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
    series: { [seriesOf('flowg_database_wal_bytes', { database: 'logs' })]: always(256 * 1024 * 1024 + 1) },
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
    series: { [seriesOf('flowg_database_wal_bytes', { database: 'logs' })]: `0+0x5 ${2 ** 30}+0x10 0+0x300` },
    at: '17m',
  },
  {
    alert: 'FlowgSyslogQueueFilling',
    because: 'of 8001 messages',
    series: { [seriesOf('flowg_syslog_queue_depth')]: always(8001) },
    at: '2m',
    fires: [
      [{ ...SCRAPED, ...WARNING }, 'Four fifths of the syslog queue are taken; what does not fit is lost'],
    ],
  },
  {
    alert: 'FlowgSyslogQueueFilling',
    because: 'of 8000',
    series: { [seriesOf('flowg_syslog_queue_depth')]: always(8000) },
    at: '2m',
  },
];
