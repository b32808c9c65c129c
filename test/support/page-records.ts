import type { RecordsPage } from '#src/logs/query/entry-pages.store.js';

/** The records of a page, which it has as text. */
export function recordsOf({ text }: RecordsPage): { timestamp: string; fields: Record<string, string> }[] {
  return JSON.parse(`[${text.toString()}]`);
}
