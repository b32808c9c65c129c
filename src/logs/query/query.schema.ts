import { z } from 'zod';
import { FilterError } from '../../filter/filter-error.js';
import { parseFilter } from '../../filter/parse-filter.js';
import { limitSchema } from '../../http/limit.schema.js';
import { invalidArgument } from '../../problems.js';
import { parseInstant } from '../instant.js';
import { decodePosition } from './cursor.js';
import { type EntryFilter, entryFilter } from './entry-filter.js';
import type { EntrySelection } from './entry-pages.store.js';

const MOST_RECORDS = 10_000;

/** The texts of the reference. */
const date = z
  .string({ error: ({ input }) => (input === undefined ? 'missing value' : 'one value is expected') })
  .min(1, '#: "" is not valid "date-time"');

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
    .meta({ description: 'Only logs that match it.', example: 'level = "error" and not app in ["a", "b"]' }),
  limit: limitSchema(
    MOST_RECORDS,
    'At most so many records, and `next_cursor` with them. Left out: all records.',
  ),
  cursor: z
    .string({ error: 'one value is expected' })
    .optional()
    .meta({ description: '`next_cursor` of the answer before, to go on behind it.' }),
});

/** @throws Problem INVALID_ARGUMENT with everything that is wrong in `context`. */
export function readQuery(query: z.output<typeof querySchema>): EntrySelection {
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
  const filter = query.filter === undefined ? undefined : readFilter(query.filter, context);
  if (Object.keys(context).length > 0) throw invalidArgument('invalid argument: bad request', context);
  return { ...window, after, filter, limit: query.limit === undefined ? undefined : Number(query.limit) };
}

function readFilter(text: string, context: Record<string, string[]>): EntryFilter | undefined {
  try {
    return entryFilter(parseFilter(text));
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    context['query:filter'] = [error.message];
    return undefined;
  }
}
