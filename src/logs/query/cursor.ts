import { z } from 'zod';
import type { Position } from '../entries/stored-entry.js';

const encoded = z.tuple([z.int().nonnegative(), z.int().positive()]);

/** Text that clients hand back unread. */
export function encodePosition({ timestampMs, id }: Position): string {
  return Buffer.from(JSON.stringify([timestampMs, id])).toString('base64url');
}

/** @returns undefined for any text that `encodePosition` did not write. */
export function decodePosition(cursor: string): Position | undefined {
  try {
    const parsed = encoded.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    const position = { timestampMs: parsed[0], id: parsed[1] };
    return encodePosition(position) === cursor ? position : undefined;
  } catch {
    return undefined;
  }
}
