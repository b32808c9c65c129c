import { type Webhook, webhookSchema } from '../../../config/webhook.schema.js';
import { z } from 'zod';

const NEWER_VERSION = 2;

/** What every forwarder has, and what those have that call a webhook. */
const forwarderSchema = z.object({
  version: z.literal(NEWER_VERSION),
  config: z.looseObject({ type: z.string(), body: z.string().nullish(), proxy: z.unknown().optional() }),
});

export type WebhookOrReason = { webhook: Webhook; attention?: string } | { reason: string };

/**
 * A stored alert as one of ours. Since v0.28 FlowG calls them forwarders and has many kinds of them; the one of type `http`
 * is our webhook.
 */
export function webhookOf(stored: unknown): WebhookOrReason {
  const newer = forwarderSchema.safeParse(stored);
  if (!newer.success) return parsed(stored);
  const { type, body, proxy, ...rest } = newer.data.config;
  if (type !== 'http')
    return { reason: `forwarders of type ${JSON.stringify(type)} are not there, only "http"` };
  const lost = [body && 'body', proxy && 'proxy'].filter(Boolean).join(' and ');
  const webhook = parsed({ version: 1, url: rest.url, headers: rest.headers });
  if ('reason' in webhook || lost === '') return webhook;
  return {
    ...webhook,
    attention: `its ${lost} is not known here: it posts the whole record, without a detour`,
  };
}

function parsed(webhook: unknown): WebhookOrReason {
  const result = webhookSchema.safeParse(webhook);
  if (result.success) return { webhook: { ...result.data, version: 1 } };
  const { path, message } = result.error.issues[0]!;
  return { reason: `${path.map(String).join('.')}: ${message}` };
}
