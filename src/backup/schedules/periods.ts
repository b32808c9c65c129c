export const PERIOD_KINDS = ['daily', 'weekly', 'monthly'] as const;
export type PeriodKind = (typeof PERIOD_KINDS)[number];

const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;

/** @returns tells of an instant (Unix milliseconds) by which names its day, ISO week and month go in a zone. */
export function periodsIn(zone: string): (unixMs: number) => Record<PeriodKind, string> {
  const calendar = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  return (unixMs) => {
    const parts = Object.fromEntries(calendar.formatToParts(unixMs).map(({ type, value }) => [type, value]));
    const { year, month, day } = parts as Record<'year' | 'month' | 'day', string>;
    return {
      daily: `${year}-${month}-${day}`,
      weekly: isoWeek(Number(year), Number(month), Number(day)),
      monthly: `${year}-${month}`,
    };
  };
}

/** A week belongs to the year in which its Thursday lies. */
function isoWeek(year: number, month: number, day: number): string {
  const date = Date.UTC(year, month - 1, day);
  const thursday = date + (4 - (new Date(date).getUTCDay() || 7)) * DAY_MILLISECONDS;
  const weekYear = new Date(thursday).getUTCFullYear();
  const week = Math.floor((thursday - Date.UTC(weekYear, 0, 1)) / (7 * DAY_MILLISECONDS)) + 1;
  return `${weekYear}-W${String(week).padStart(2, '0')}`;
}
