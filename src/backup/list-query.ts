import { z } from 'zod';
import { limitSchema } from '../http/limit.schema.js';

const STANDARD_LIMIT = 100;

export const listQuery = z.object({
  limit: limitSchema(1000, `At most so many; ${STANDARD_LIMIT} when left out.`),
});
export type ListQuery = z.output<typeof listQuery>;

/** Rows of the catalogue that a list is to have. */
export function mostRuns({ limit }: ListQuery): number {
  return Number(limit ?? STANDARD_LIMIT);
}

export const runIdSchema = z.uuid();
