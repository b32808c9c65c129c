import { isDay, printRfc3339, printUtc } from './go-timestamp.js';

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const STAMP = /^([A-Za-z]{3}) {1,2}(\d{1,2}) ((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.(\d{1,9}))?(?= |$)/;
const LEAP_YEAR = 2000;
const MONTH_MS = 31 * 24 * 3600 * 1000;

export interface LeadingTimestamp {
  /** In the print form of Go. */
  printed: string;
  /** How much of the text it takes up. */
  length: number;
}

/**
 * The time at the beginning of an RFC 3164 header, up to a space or the end: `Oct 11 22:14:15`, or an RFC 3339 time as
 * many senders put there. @returns undefined if there is none.
 */
export function leadingTimestamp(text: string, now: Date): LeadingTimestamp | undefined {
  const stamp = STAMP.exec(text);
  if (stamp) {
    const [{ length }, month = '', day = '', clock = '', fraction] = stamp;
    const date = dateWithYear(MONTHS.indexOf(month.toLowerCase()) + 1, Number(day), clock, now);
    return date === undefined ? undefined : { printed: printUtc(date, clock, fraction), length };
  }
  const space = text.indexOf(' ');
  const length = space === -1 ? text.length : space;
  const printed = printRfc3339(text.slice(0, length));
  return printed === undefined ? undefined : { printed, length };
}

/**
 * The format has neither year nor zone: the reference takes the current year, in UTC, and so do we, except for a time
 * that would then lie more than a month ahead. That is a message of last December which arrives in January. A 29th of
 * February becomes the 1st of March in a year that has none, as in the reference.
 */
function dateWithYear(month: number, day: number, clock: string, now: Date): string | undefined {
  if (!isDay(LEAP_YEAR, month, day)) return undefined;
  const year = now.getUTCFullYear();
  const isAhead = Date.parse(`${dateOf(year, month, day)}T${clock}Z`) - now.getTime() > MONTH_MS;
  return dateOf(isAhead ? year - 1 : year, month, day);
}

function dateOf(year: number, month: number, day: number): string {
  return new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10);
}
