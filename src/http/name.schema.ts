import { z } from 'zod';

const MOST_BYTES = 255;

/**
 * The name of anything that users name: users, roles, transformers, pipelines, alerts, streams. Any text is a name
 * (`/`, `..`, `%` and `:` are plain data) as long as it can be stored, shown and sent back unchanged.
 */
export const nameSchema = z
  .string()
  .min(1, 'at least 1 character is needed')
  .refine((name) => Buffer.byteLength(name) <= MOST_BYTES, `at most ${MOST_BYTES} bytes in UTF-8`)
  .refine((name) => !name.includes('\0'), 'without NUL characters')
  // With the flag `u` only halves of a pair match: what `isWellFormed` of ES2024 asks.
  .refine((name) => !/\p{Surrogate}/u.test(name), 'well-formed Unicode')
  .meta({ example: 'default' });
