import { type Flow, flowSchema } from './flow/flow.schema.js';
import { type Webhook, webhookSchema } from './webhook.schema.js';

// Through the schemas again: a restored row may be written as leniently as a request.

/** @throws ZodError for a text that no restore would have let in. */
export function readFlow(text: string): Flow {
  return flowSchema.parse(JSON.parse(text));
}

/** @throws ZodError for a text that no restore would have let in. */
export function readWebhook(text: string): Webhook {
  return webhookSchema.parse(JSON.parse(text));
}
