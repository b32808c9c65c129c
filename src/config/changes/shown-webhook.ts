import type { Webhook } from '../webhook.schema.js';

/** A webhook without its secrets. */
export interface ShownWebhook {
  version: number;
  /**
   * Scheme, host and port. `/…` stands for a path, which is where chat services have their secret, `?…` for a query and
   * `#…` for a fragment. null where it is not a URL of HTTP: nobody can tell what in it is secret.
   */
  url: string | null;
  /** Names of the headers, sorted; values are never shown. */
  headers: string[];
}

export function shownWebhook({ version, url, headers }: Webhook): ShownWebhook {
  return { version, url: shownUrl(url), headers: Object.keys(headers).toSorted() };
}

function shownUrl(text: string): string | null {
  const url = urlOf(text);
  if (!url) return null;
  const path = url.pathname === '/' ? '/' : '/…';
  return `${url.origin}${path}${url.search && '?…'}${url.hash && '#…'}`;
}

/**
 * Which parts are not the same: `version`, `url`, `headers.NAME`. Of the URL also which part it is where the shown form does
 * not tell: `url.credentials`, `url.path`, `url.query`, `url.fragment`.
 */
export function changedParts(before: Webhook, after: Webhook): string[] {
  return [
    ...(before.version === after.version ? [] : ['version']),
    ...changedUrlParts(before.url, after.url),
    ...changedHeaders(before.headers, after.headers).map((name) => `headers.${name}`),
  ];
}

function changedUrlParts(before: string, after: string): string[] {
  if (before === after) return [];
  const [old, young] = [urlOf(before), urlOf(after)];
  if (!old || !young) return ['url'];
  const hidden = [
    ...(old.username === young.username && old.password === young.password ? [] : ['url.credentials']),
    ...(old.pathname === young.pathname ? [] : ['url.path']),
    ...(old.search === young.search ? [] : ['url.query']),
    ...(old.hash === young.hash ? [] : ['url.fragment']),
  ];
  // Two spellings of one address are not equal either.
  return old.origin === young.origin && hidden.length > 0 ? hidden : ['url', ...hidden];
}

function changedHeaders(before: Webhook['headers'], after: Webhook['headers']): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  // An absent `__proto__` is an object, and so no value that the other side may have.
  return [...names].filter((name) => before[name] !== after[name]).toSorted();
}

function urlOf(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
}
