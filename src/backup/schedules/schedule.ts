import type { RunScope } from '../run-scope.js';
import type { Compression } from '../stored-copy.js';

/** How many backups stay: the newest ones, and the newest of each of the newest days, ISO weeks and months. */
export interface Keep {
  last: number;
  daily: number;
  weekly: number;
  monthly: number;
}

/** What to back up, when, where to, and what to keep of it. */
export interface ScheduleDefinition {
  name: string;
  database: RunScope;
  cron: string;
  /** IANA name; days, weeks and months of `keep` are those of this zone as well. */
  timezone: string;
  /** Name of a destination. */
  destination: string;
  compression: Compression;
  /** Public keys of age; empty: backups are not sealed. */
  recipients: string[];
  keep: Keep;
  /** Name of the alert that is told when something goes wrong; null: nobody is. */
  notify: string | null;
  enabled: boolean;
}

/** `settings`: given by `FLOWG_BACKUP_SCHEDULES`, and changed there only. */
export type ScheduleSource = 'api' | 'settings';

export interface Schedule extends ScheduleDefinition {
  source: ScheduleSource;
}
