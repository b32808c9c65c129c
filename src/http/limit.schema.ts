import { z } from 'zod';

/** A query parameter that says how many are wanted at the most. It stays text, so that the explorer shows what is sent. */
export function limitSchema(most: number, description: string) {
  return z
    .string({ error: 'one value is expected' })
    .refine(
      (text) => /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= most,
      `a whole number from 1 to ${most}`,
    )
    .optional()
    .meta({ type: 'integer', minimum: 1, maximum: most, description });
}
