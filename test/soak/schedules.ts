import { setTimeout as pause } from 'node:timers/promises';
import type { BackupAnswer } from '../schedules/scheduled-server.js';
import type { Subject } from './subject.js';

export interface SoakSchedule {
  name: string;
  database: string;
  destination: string;
  cron: string;
  keep: { last: number };
}

/** The API tells no more at once. */
const MOST_ROWS = 1000;
const PATIENCE_MS = 60_000;

/** The schedules of the server that is soaked, and what its catalogue says of them. */
export class Schedules {
  /** All rows that were seen, as they were last, by their ids: a long soak makes more than can be asked for at once. */
  private readonly seen = new Map<string, BackupAnswer>();

  constructor(
    private readonly subject: Subject,
    readonly all: SoakSchedule[],
  ) {}

  async turn(enabled: boolean): Promise<void> {
    for (const { name, ...schedule } of this.all)
      await this.subject.ok('PUT', `/api/v1/backup-schedules/${name}`, { json: { ...schedule, enabled } });
  }

  /** Begins a backup of each that has none under way. */
  async begin(): Promise<void> {
    for (const { name } of this.all)
      await this.subject.request('POST', `/api/v1/backup-schedules/${name}/run`);
  }

  /** Runs each once, so that nothing is left of what a kill has cut, and waits until all are done. */
  async runAll(): Promise<void> {
    await this.quiet();
    for (const { name } of this.all) {
      await this.subject.ok('POST', `/api/v1/backup-schedules/${name}/run`);
      await this.quiet();
    }
  }

  /** Backups that schedules made, newest first. */
  async rows(): Promise<BackupAnswer[]> {
    const { backups } = await this.subject.ok('GET', `/api/v1/backups?limit=${MOST_ROWS}`);
    const rows = (backups as BackupAnswer[]).filter(({ schedule }) => schedule !== null);
    for (const row of rows) this.seen.set(row.id, row);
    return rows;
  }

  /** `120 backups by schedules (118 succeeded, 2 interrupted), 117 proven`: of all whose rows were seen. */
  summary(): string {
    const rows = [...this.seen.values()];
    const counts = new Map<string, number>();
    for (const { outcome } of rows) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    const outcomes = [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
    const proven = rows.filter(({ proof }) => proof?.outcome === 'proven').length;
    return `${rows.length} backups by schedules (${outcomes}), ${proven} proven`;
  }

  /** The newest good backup of a schedule that still lies in its destination. */
  async newest(schedule: string): Promise<BackupAnswer | undefined> {
    const rows = await this.rows();
    return rows.find((row) => row.schedule === schedule && row.outcome === 'succeeded' && lies(row));
  }

  /** Resolves when no schedule is at work. @throws Error when one is for more than a minute. */
  private async quiet(): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const { schedules } = await this.subject.ok('GET', '/api/v1/backup-schedules');
      const busy = schedules.filter(({ running }: { running: unknown }) => running);
      if (busy.length === 0) return;
      if (Date.now() > deadline) throw new Error(`still at work: ${JSON.stringify(busy)}`);
      await pause(50);
    }
  }
}

export function lies({ stored }: BackupAnswer): boolean {
  return stored !== null && stored.removed_at === null;
}
