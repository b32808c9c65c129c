import type { StoredEntry } from '../entries/stored-entry.js';
import { formatInstant } from '../instant.js';
import { eventId } from './event-id.js';

export const HEARTBEAT = ': heartbeat\n\n';

const HTML_CHARACTERS: Record<string, string> = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026' };

/** An entry as an event of the type `log`. Unlike a query the reference escapes what means something in HTML here. */
export function logEvent(stream: string, entry: StoredEntry): string {
  const fields = entry.fields.replace(/[<>&\u2028\u2029]/g, escaped);
  const data = `{"timestamp":"${formatInstant(entry)}","fields":${fields}}`;
  return `id: ${eventId(stream, entry)}\nevent: log\ndata: ${data}\n\n`;
}

/** Tells a client that was too slow how many logs it was not sent. */
export function missedEvent(count: number): string {
  return `event: missed\ndata: ${JSON.stringify({ missed: count })}\n\n`;
}

/** The last event of a stream that ends although nobody closed it. */
export function errorEvent(text: string): string {
  return `event: error\ndata: ${text}\n\n`;
}

function escaped(character: string): string {
  return HTML_CHARACTERS[character] ?? `\\u${character.charCodeAt(0).toString(16)}`;
}
