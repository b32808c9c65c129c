import { always, CRITICAL, HOUR, SCRAPED, seriesOf, type Weather } from './weather.js';

const scheduled = (what: string, schedule = 'nightly') =>
  seriesOf(`flowg_backup_schedule_${what}_timestamp_seconds`, { schedule, database: 'all' });
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

/** Schedules: late, too old, failing, unproven. */
export const WEATHER_OF_SCHEDULES: Weather[] = [
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
