import { z } from 'zod';
import { lenientInteger, lenientObject, lenientText, stringMap } from '../http/lenient.schema.js';

/** Where an alert posts records to. The address is not checked, as in the reference. */
export const webhookSchema = lenientObject({
  version: lenientInteger.refine(
    (version) => version === 0 || version === 1,
    'only webhooks of version 1 can be read',
  ),
  url: lenientText,
  headers: stringMap,
}).meta({
  example: { version: 1, url: 'https://example.com/hook', headers: { 'Content-Type': 'application/json' } },
});

export type Webhook = z.output<typeof webhookSchema>;

export const saveAlertSchema = z.object({ webhook: webhookSchema });
