/** A moment with nanoseconds: whole milliseconds since 1970, and the nanoseconds (0 to 999,999) inside the last one. */
export interface Instant {
  timestampMs: number;
  subNs: number;
}

/** RFC 3339 in UTC, trailing zeros of the fraction trimmed, as the reference writes it: `2026-01-31T09:30:00.5Z`. */
export function formatInstant({ timestampMs, subNs }: Instant): string {
  const text = new Date(timestampMs).toISOString();
  const fraction = `${text.slice(20, -1)}${String(subNs).padStart(6, '0')}`.replace(/0+$/, '');
  return `${text.slice(0, 19)}${fraction && `.${fraction}`}Z`;
}

const RFC_3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

/**
 * Reads RFC 3339 strictly: upper-case `T` and `Z`, seconds and an offset, a day that exists.
 * @returns milliseconds since 1970, what is finer cut off; undefined when the text is not RFC 3339.
 */
export function parseInstant(text: string): number | undefined {
  const parts = RFC_3339.exec(text);
  if (!parts) return undefined;
  const [, dateAndTime, fraction = '', sign, hours, minutes] = parts;
  const seconds = Date.parse(`${dateAndTime}Z`);
  // A day that does not exist is read as one of the next month: then it does not read back the same.
  if (Number.isNaN(seconds) || new Date(seconds).toISOString().slice(0, 19) !== dateAndTime) return undefined;
  const offset = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, '0'));
  return seconds + milliseconds - (sign === '-' ? -offset : offset);
}
