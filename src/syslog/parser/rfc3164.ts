import { printMoment } from './go-timestamp.js';
import { leadingTimestamp } from './rfc3164-timestamp.js';
import { trimSpaces } from './spaces.js';

export interface Rfc3164Message {
  /** In the print form of Go. */
  timestamp: string;
  /** Empty when the message does not say. */
  hostname: string;
  tag: string;
  content: string;
}

const TAG = /^([^: ]*)[: ]/;

/**
 * Takes an RFC 3164 message apart: `Oct 11 22:14:15 mymachine su[12]: text`. There is no malformed one: without a valid
 * time all of it is content, as section 4.3.2 says.
 * @param text what follows the priority
 */
export function parseRfc3164(text: string, now: Date): Rfc3164Message {
  const timestamp = leadingTimestamp(text, now);
  if (!timestamp) return { timestamp: printMoment(now), hostname: '', tag: '', content: trimSpaces(text) };
  const header = text.slice(timestamp.length).replace(/^ +/, '');
  const space = header.indexOf(' ');
  const hostname = space === -1 ? header : header.slice(0, space);
  const message = space === -1 ? '' : header.slice(space + 1);
  const { tag, content } = splitTag(message);
  return { timestamp: timestamp.printed, hostname, tag, content };
}

/**
 * The tag is the first word, ended by a colon or a space, without the process id. A single word is content, not a tag;
 * so is a bracket that no name precedes, as kernels write it.
 */
function splitTag(message: string): { tag: string; content: string } {
  const word = message.startsWith('[') ? undefined : TAG.exec(message)?.[1];
  if (word === undefined) return { tag: '', content: trimSpaces(message) };
  const bracket = word.lastIndexOf('[');
  const tag = bracket > 0 && word.endsWith(']') ? word.slice(0, bracket) : word;
  return { tag, content: trimSpaces(message.slice(word.length + 1)) };
}
