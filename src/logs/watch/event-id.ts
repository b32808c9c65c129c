import type { Position } from '../entries/stored-entry.js';

/** Hexadecimal digits of an id in the last group of the UUID; the rest stands in the first. */
const LOW_DIGITS = 12;
const FORM = /:(\d{20}):([0-9a-f]{8})-0000-8000-8000-([0-9a-f]{12})$/;

/**
 * The id of an event: `entry:<stream>:<20 digits of milliseconds>:<uuid>`, as in the reference. The UUID is the number of
 * the entry in disguise, so that a client which hands the id back goes on exactly behind it.
 */
export function eventId(stream: string, { timestampMs, id }: Position): string {
  const digits = id.toString(16).padStart(8 + LOW_DIGITS, '0');
  const uuid = `${digits.slice(0, 8)}-0000-8000-8000-${digits.slice(8)}`;
  return `entry:${oneLine(stream)}:${String(timestampMs).padStart(20, '0')}:${uuid}`;
}

/** @returns undefined for any text that `eventId` did not write. Which stream it names does not matter. */
export function positionOfEvent(text: string): Position | undefined {
  const parts = FORM.exec(text);
  if (!parts) return undefined;
  const position = { timestampMs: Number(parts[1]), id: Number.parseInt(parts[2]! + parts[3]!, 16) };
  return Number.isSafeInteger(position.timestampMs) && Number.isSafeInteger(position.id)
    ? position
    : undefined;
}

/** A line break in the name of a stream would end the id, and begin something else. */
function oneLine(stream: string): string {
  return /[\r\n]/.test(stream) ? encodeURIComponent(stream) : stream;
}
