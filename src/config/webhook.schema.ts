import type { z } from 'zod';
import { lenientInteger, lenientObject, lenientText, stringMap } from '../http/lenient.schema.js';

/** Where an alert posts records to. The address is not checked, as in the reference. */
export const webhookSchema = lenientObject({
  version: lenientInteger.refine(
    (version) => version === 0 || version === 1,
    'only webhooks of version 1 can be read',
  ),
  url: lenientText,
  headers: stringMap,
});

export type Webhook = z.output<typeof webhookSchema>;
