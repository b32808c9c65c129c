import { always, CRITICAL, HOUR, POD, SCRAPED, seriesOf, type Weather } from './weather.js';

const success = (kind: string, database: string) =>
  seriesOf('flowg_backup_last_success_timestamp_seconds', { kind, database });
const generations = Object.fromEntries(
  ['auth', 'config', 'logs'].map((database) => [
    seriesOf('flowg_database_generation', { database }),
    always(1),
  ]),
);
/** Backups of any kind: too old, or never made. */
export const WEATHER_OF_BACKUPS: Weather[] = [
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
