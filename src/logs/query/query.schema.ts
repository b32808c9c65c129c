import { z } from 'zod';
import { invalidArgument, Problem } from '../../problems.js';
import { decodePosition, type Position } from './cursor.js';
import { parseInstant } from '../instant.js';

const MOST_RECORDS = 10_000;

/** The texts of the reference. */
const date = z
  .string({ error: ({ input }) => (input === undefined ? 'missing value' : 'one value is expected') })
  .min(1, '#: "" is not valid "date-time"');

const limit = z
  .string({ error: 'one value is expected' })
  .refine(
    (text) => /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= MOST_RECORDS,
    `a whole number from 1 to ${MOST_RECORDS}`,
  )
  .optional();

/** What a client sends. Not transformed here, so that the explorer shows what is really sent: text. */
export const querySchema = z.object({
  from: date.meta({
    format: 'date-time',
    description: 'Beginning of the window, inclusive.',
    example: '2026-01-31T00:00:00Z',
  }),
  to: date.meta({
    format: 'date-time',
    description: 'End of the window, exclusive.',
    example: '2026-02-01T00:00:00Z',
  }),
  filter: z
    .string({ error: 'one value is expected' })
    .min(1, 'a filter cannot be empty: leave it out to get everything')
    .optional()
    .meta({ description: 'Not possible in this version.' }),
  limit: limit.meta({
    type: 'integer',
    minimum: 1,
    maximum: MOST_RECORDS,
    description: 'At most so many records, and `next_cursor` with them. Left out: all records.',
  }),
  cursor: z
    .string({ error: 'one value is expected' })
    .optional()
    .meta({ description: '`next_cursor` of the answer before, to go on behind it.' }),
});

/** Which entries, and how many of them. */
export interface EntryQuery {
  /** Milliseconds since 1970, inclusive. */
  fromMs: number;
  /** Exclusive. */
  toMs: number;
  limit?: number;
  /** Only what is behind it: the last entry of an answer before. */
  after?: Position;
}

/** @throws Problem INVALID_ARGUMENT, or UNIMPLEMENTED for a filter. */
export function readQuery(query: z.output<typeof querySchema>): EntryQuery {
  const context: Record<string, string[]> = {};
  const instantOf = (name: 'from' | 'to') => {
    const instant = parseInstant(query[name]);
    if (instant === undefined)
      context[`query:${name}`] = [
        `${JSON.stringify(query[name])} is not RFC 3339, as 2026-01-31T09:30:00.5Z is`,
      ];
    return instant ?? 0;
  };
  const window = { fromMs: instantOf('from'), toMs: instantOf('to') };
  const after = query.cursor === undefined ? undefined : decodePosition(query.cursor);
  if (query.cursor !== undefined && !after) {
    context['query:cursor'] = ['not a cursor: send next_cursor of the answer before as it is'];
  }
  if (Object.keys(context).length > 0) throw invalidArgument('invalid argument: bad request', context);
  if (query.filter !== undefined) {
    throw new Problem('UNIMPLEMENTED', 'filters are not possible in this version: leave the filter out');
  }
  return { ...window, after, limit: query.limit === undefined ? undefined : Number(query.limit) };
}
