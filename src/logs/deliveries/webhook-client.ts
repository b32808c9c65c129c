import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { isIP } from 'node:net';
import type { Agent, request } from 'undici';
import type { Webhook } from '../../config/webhook.schema.js';
import { SERVER_VERSION } from '../../server-version.js';
import { type AlertSettings, SETTINGS, type Settings } from '../../settings.js';
import { isPrivateAddress, PrivateAddressError, publicLookup } from './private-addresses.js';

/** How a call of a webhook ended. */
export interface Attempt {
  ok: boolean;
  /** Of the answer, where there was one. */
  status?: number;
  /** One line for people; undefined when it went well. */
  error?: string;
  /** True when the same call may go well another time. */
  retry: boolean;
}

/** Of an answer nothing but its status counts: so much of it is read, so that the connection can be used again. */
const ANSWER_BYTES = 64 * 1024;
/** Statuses besides 5xx that ask for another try. */
const RETRY_STATUSES = new Set([408, 425, 429]);
/** What is wrong with the webhook itself: another try would be the same. */
const OWN_FAULTS = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', 'ERR_INVALID_URL']);

/** Calls webhooks: with a bound for everything, without following redirects. */
@Injectable()
export class WebhookClient implements OnApplicationShutdown {
  private readonly settings: AlertSettings;
  /** There from the first call on: a server that calls nobody does not load a client at its start. */
  private client: Promise<{ request: typeof request; agent: Agent }> | undefined;

  constructor(@Inject(SETTINGS) settings: Settings) {
    this.settings = settings.alerts;
  }

  async onApplicationShutdown(): Promise<void> {
    await (await this.client)?.agent.destroy();
  }

  /**
   * Posts JSON. Never throws.
   * @param deliveryId tells a receiver which calls are repetitions of each other.
   * @param signal ends the call early.
   */
  async post(webhook: Webhook, json: string, deliveryId?: string, signal?: AbortSignal): Promise<Attempt> {
    // Not by AbortSignal.any and timeout: in Node 20 what they make may be collected before it fires.
    const ends = new AbortController();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      ends.abort();
    }, this.settings.timeoutSeconds * 1000);
    const stop = () => ends.abort();
    signal?.addEventListener('abort', stop);
    try {
      const { request, agent } = await (this.client ??= this.load());
      const { statusCode, body } = await request(this.checkedUrl(webhook.url), {
        dispatcher: agent,
        method: 'POST',
        headers: headersOf(webhook, deliveryId),
        body: json,
        signal: ends.signal,
      });
      await body.dump({ limit: ANSWER_BYTES, signal: ends.signal });
      return verdict(statusCode);
    } catch (error) {
      return this.failure(error as NodeJS.ErrnoException, late);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    }
  }

  private async load() {
    const { Agent, request } = await import('undici');
    const connect = {
      timeout: this.settings.connectTimeoutSeconds * 1000,
      ...(this.settings.forbidPrivateAddresses && { lookup: publicLookup }),
    };
    return { request, agent: new Agent({ connect }) };
  }

  private checkedUrl(text: string): URL {
    const url = new URL(text);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      throw Object.assign(new Error('the URL must begin with http:// or https://'), {
        code: 'ERR_INVALID_URL',
      });
    }
    // A host that is an address is never looked up.
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    if (this.settings.forbidPrivateAddresses && isIP(host) !== 0 && isPrivateAddress(host))
      throw new PrivateAddressError(host);
    return url;
  }

  private failure(error: NodeJS.ErrnoException, late: boolean): Attempt {
    if (late)
      return { ok: false, retry: true, error: `no answer within ${this.settings.timeoutSeconds} seconds` };
    const own = error instanceof PrivateAddressError || OWN_FAULTS.has(String(error.code));
    return { ok: false, retry: !own, error: error.message.split('\n')[0]!.slice(0, 500) };
  }
}

function headersOf({ headers }: Webhook, deliveryId: string | undefined): Record<string, string> {
  const configured = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const standard = Object.entries({
    'content-type': 'application/json',
    'user-agent': `flowg-server/${SERVER_VERSION}`,
    ...(deliveryId && { 'x-flowg-delivery-id': deliveryId }),
  }).filter(([name]) => !configured.has(name));
  return { ...Object.fromEntries(standard), ...headers };
}

function verdict(status: number): Attempt {
  if (status >= 200 && status <= 299) return { ok: true, status, retry: false };
  const redirect = status >= 300 && status <= 399 ? ' (redirects are not followed)' : '';
  return {
    ok: false,
    status,
    retry: status >= 500 || RETRY_STATUSES.has(status),
    error: `unexpected status code: ${status}${redirect}`,
  };
}
