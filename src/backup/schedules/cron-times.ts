import { Cron } from 'croner';

/** Five fields, or six with seconds in front: dates, years and `@reboot` are no schedule. */
const FIVE_OR_SIX_FIELDS =
  /^\s*(@(hourly|daily|midnight|weekly|monthly|yearly|annually)|\S+(\s+\S+){4,5})\s*$/i;

/**
 * When a schedule is due. Around a change of the clock by the zone, a time that does not exist is due as soon as the gap ends, and
 * one that exists twice is due once; intervals (a `*` or a step in the time of day) just go on.
 */
export class CronTimes {
  private readonly pattern: Cron;

  /**
   * @param zone IANA name (`Europe/Berlin`).
   * @throws Error that says what is wrong, when it cannot be understood or never comes.
   */
  constructor(expression: string, zone: string) {
    if (!isZone(zone))
      throw new Error(`${JSON.stringify(zone)} is no timezone: use a name like Europe/Berlin`);
    if (!FIVE_OR_SIX_FIELDS.test(expression))
      throw new Error('five fields are needed, or six with seconds in front');
    try {
      this.pattern = new Cron(expression, { timezone: zone, paused: true, fixedTimeRule: 'no-wildcard' });
    } catch (error) {
      throw new Error((error as Error).message.replace(/^CronPattern: /, ''), { cause: error });
    }
    if (!this.pattern.nextRun(new Date())) throw new Error('there is no such day: it would never be due');
  }

  /** @returns the first due time after an instant, both Unix milliseconds; Infinity when there is none any more. */
  after(unixMs: number): number {
    return this.pattern.nextRun(new Date(unixMs))?.getTime() ?? Infinity;
  }
}

export function isZone(name: string): boolean {
  try {
    return (
      /^[A-Za-z]/.test(name) &&
      new Intl.DateTimeFormat('en', { timeZone: name }) instanceof Intl.DateTimeFormat
    );
  } catch {
    return false;
  }
}
