import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { NoticesService } from '../../logs/deliveries/notices.service.js';

const RETRY_MILLISECONDS = 5_000;

export interface Notice {
  /** Name of the alert. */
  alert: string;
  fields: { event: string; schedule: string } & Record<string, string>;
}

/**
 * Tells alerts what becomes of schedules. A notice is written down before it is delivered; when the disk is full, which is when
 * backups fail, the newest one of each schedule waits in memory until it can be.
 */
@Injectable()
export class ScheduleNotices implements OnModuleDestroy {
  private readonly log = new Logger('Schedules');
  /** By schedule. */
  private readonly untold = new Map<string, Notice>();
  private timer?: NodeJS.Timeout;

  constructor(private readonly notices: NoticesService) {}

  onModuleDestroy(): void {
    clearTimeout(this.timer);
  }

  /** Resolves when it is written down, or waits. Never fails. */
  async send(notice: Notice): Promise<void> {
    const { schedule } = notice.fields;
    const before = this.untold.get(schedule);
    if (before === undefined || (await this.write(before))) {
      if (await this.write(notice)) return void this.untold.delete(schedule);
    }
    this.untold.set(schedule, notice);
    this.tryLater();
  }

  private async write({ alert, fields }: Notice): Promise<boolean> {
    try {
      await this.notices.send(alert, fields);
      return true;
    } catch (error) {
      if (!this.untold.has(fields.schedule))
        this.log.error(
          `alert ${JSON.stringify(alert)} could not be told of ${fields.event} yet`,
          (error as Error).stack,
        );
      return false;
    }
  }

  private tryLater(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.tryAgain();
    }, RETRY_MILLISECONDS).unref();
  }

  private async tryAgain(): Promise<void> {
    for (const [schedule, notice] of this.untold) {
      const isWritten = await this.write(notice);
      if (isWritten && this.untold.get(schedule) === notice) this.untold.delete(schedule);
    }
    if (this.untold.size > 0) this.tryLater();
  }
}
