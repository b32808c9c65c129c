import { NIL_TIMESTAMP, printRfc3339 } from './go-timestamp.js';
import { endOfStructuredData } from './structured-data.js';

export interface Rfc5424Message {
  /** In the print form of Go. */
  timestamp: string;
  hostname: string;
  appName: string;
  procId: string;
  msgId: string;
  structuredData: string;
  message: string;
}

const NIL = '-';
const BYTE_ORDER_MARK = '\uFEFF';
const HEADER = /^([^ ]+) ([^ ]+) ([^ ]+) ([^ ]+) ([^ ]+)(?: |$)/;

/**
 * Takes an RFC 5424 message apart. Nil values stay `-`; words may be longer than the RFC's limits, which only tell
 * senders how to be understood everywhere; structured data may be left out where the message ends.
 * @param text what follows the version and its space
 * @returns undefined for a malformed one.
 */
export function parseRfc5424(text: string): Rfc5424Message | undefined {
  const header = HEADER.exec(text);
  if (!header) return undefined;
  const [{ length: from }, time = '', hostname = '', appName = '', procId = '', msgId = ''] = header;
  const timestamp = time === NIL ? NIL_TIMESTAMP : printRfc3339(time);
  const end = from === text.length ? from : endOfStructuredData(text, from);
  if (timestamp === undefined || end === undefined) return undefined;
  if (end < text.length && text[end] !== ' ') return undefined;
  const structuredData = text.slice(from, end) || NIL;
  return { timestamp, hostname, appName, procId, msgId, structuredData, message: messageAt(text, end + 1) };
}

function messageAt(text: string, from: number): string {
  return text.slice(text[from] === BYTE_ORDER_MARK ? from + 1 : from);
}
