import type { Webhook } from '../webhook.schema.js';

/** A webhook without its secrets. */
export interface ShownWebhook {
  version: number;
  /**
   * Without user name and password; `?…` stands for a query and `#…` for a fragment, which may hold a key. null where
   * it is not a URL of HTTP: nobody can tell what in it is secret.
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
  return `${url.origin}${url.pathname}${url.search && '?…'}${url.hash && '#…'}`;
}

/**
 * Which parts are not the same: `version`, `url`, `headers.NAME`. Of the URL also which part it is where the shown form does
 * not tell: `url.credentials`, `url.query`, `url.fragment`.
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
    ...(old.search === young.search ? [] : ['url.query']),
    ...(old.hash === young.hash ? [] : ['url.fragment']),
  ];
  const sameBase = old.origin === young.origin && old.pathname === young.pathname;
  // Two spellings of one address are not equal either.
  return sameBase && hidden.length > 0 ? hidden : ['url', ...hidden];
}

function changedHeaders(before: Webhook['headers'], after: Webhook['headers']): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const valueIn = (headers: Webhook['headers'], name: string) =>
    Object.hasOwn(headers, name) ? headers[name] : undefined;
  return [...names].filter((name) => valueIn(before, name) !== valueIn(after, name)).toSorted();
}

function urlOf(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
}
