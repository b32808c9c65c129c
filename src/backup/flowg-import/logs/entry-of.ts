import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { stringMap } from '../../../http/lenient.schema.js';
import { type Instant, parseInstant } from '../../../logs/instant.js';
import type { KeyItem } from '../converter.js';
import { cutLast, nameOf } from '../flowg-key.js';

/** An entry as a row of ours wants it. */
export interface ImportedEntry extends Instant {
  stream: string;
  /** JSON of the fields as we write it. */
  fields: string;
  names: string[];
  /** Unix milliseconds. */
  expiresMs: number | null;
}

/** Why an entry cannot be taken over. */
export interface BadEntry {
  place: string;
  reason: string;
}

/** The last instant that an entry can have here: the end of the year 9999. */
const LAST_MS = 253_402_300_799_999;

const recordSchema = z.object({ timestamp: z.string().optional(), fields: stringMap });

/** `entry:STREAM:MILLISECONDS:UUID`, with the milliseconds in twenty digits. */
export function entryPlace(
  rest: string,
  separator: string,
): { stream: string; timestampMs: number } | undefined {
  const [front] = cutLast(rest, separator) ?? [''];
  const [stream, digits] = cutLast(front, separator) ?? ['', ''];
  if (stream === '' || !/^\d{20}$/.test(digits)) return undefined;
  return { stream: nameOf(stream), timestampMs: Number(digits) };
}

/** The entry that a key and its value stand for. */
export function entryOf({ rest, separator, value, expiresMs }: KeyItem): ImportedEntry | BadEntry {
  const place = entryPlace(rest, separator);
  if (!place || place.timestampMs > LAST_MS) return { place: nameOf(rest), reason: 'its key tells no time' };
  const { stream, timestampMs } = place;
  const bad = (reason: string) => ({ place: `${stream} at ${new Date(timestampMs).toISOString()}`, reason });
  const record = isUtf8(value) ? recordSchema.safeParse(parsed(value.toString())) : undefined;
  if (!record?.success) {
    const issue = record?.error.issues[0];
    return bad(issue ? `${issue.path.map(String).join('.')}: ${issue.message}` : 'its content is not UTF-8');
  }
  const { fields, timestamp } = record.data;
  return {
    stream,
    timestampMs,
    subNs: subNsOf(timestamp, timestampMs),
    fields: JSON.stringify(fields),
    names: Object.keys(fields),
    expiresMs: expiresMs === 0 ? null : expiresMs,
  };
}

/** @returns undefined, which no schema accepts, for what is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The key is cut off at milliseconds, the record has nanoseconds. */
function subNsOf(timestamp: string | undefined, timestampMs: number): number {
  if (timestamp === undefined || parseInstant(timestamp) !== timestampMs) return 0;
  const fraction = /\.(\d+)/.exec(timestamp)?.[1] ?? '';
  return Number(fraction.slice(3, 9).padEnd(6, '0'));
}
