/** Times as Go prints them, which is how the reference puts them into a record: `2003-10-11 22:14:15.003 +0000 UTC`. */

/** Go's zero time, which stands for a nil timestamp. */
export const NIL_TIMESTAMP = '0001-01-01 00:00:00 +0000 UTC';

const UTC = '+0000 UTC';
const RFC3339 =
  /^(\d{4})-(\d\d)-(\d\d)T((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.(\d{1,9}))?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** @returns the print form of an RFC 3339 time with at most nine digits of a second; undefined if it is none. */
export function printRfc3339(text: string): string | undefined {
  const parts = RFC3339.exec(text);
  if (!parts) return undefined;
  const [, year = '', month = '', day = '', clock = '', fraction, offset = ''] = parts;
  if (!isDay(Number(year), Number(month), Number(day))) return undefined;
  return `${year}-${month}-${day} ${clock}${printFraction(fraction)} ${printOffset(offset)}`;
}

/**
 * @param date `2003-10-11`, @param clock `22:14:15`, @param fraction digits of a second, if any
 * @returns the print form, in UTC.
 */
export function printUtc(date: string, clock: string, fraction?: string): string {
  return `${date} ${clock}${printFraction(fraction)} ${UTC}`;
}

/** The print form of a moment, rounded to seconds: what a message without a time of its own gets. */
export function printMoment(moment: Date): string {
  const iso = new Date(Math.round(moment.getTime() / 1000) * 1000).toISOString();
  return printUtc(iso.slice(0, 10), iso.slice(11, 19));
}

/** Whether a year has this day; `month` from 1 to 12. */
export function isDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  if (month === 2) return day <= (isLeap(year) ? 29 : 28);
  return day <= ([4, 6, 9, 11].includes(month) ? 30 : 31);
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Trailing zeros are not printed, and no point without a digit. */
function printFraction(digits = ''): string {
  const significant = digits.replace(/0+$/, '');
  return significant && `.${significant}`;
}

/** A zone that is known by its offset alone has the offset as its name, but no offset at all is UTC. */
function printOffset(offset: string): string {
  if (offset === 'Z' || offset.endsWith('00:00')) return UTC;
  const digits = offset.replace(':', '');
  return `${digits} ${digits}`;
}
