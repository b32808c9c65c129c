import { hostOfClient, type Sender } from '../sender.js';
import { printMoment } from './go-timestamp.js';
import { parseRfc3164, type Rfc3164Message } from './rfc3164.js';
import { parseRfc5424, type Rfc5424Message } from './rfc5424.js';
import { trimSpaces, withoutTrailingControls } from './spaces.js';

const PRIORITY = /^<(\d{1,3})>/;
/** What follows the priority of an RFC 5424 message and of no other. */
const VERSION = /^(\d) /;
/** That of a message without one (RFC 3164, section 4.3.3): a notice of a user's program. */
const DEFAULT_PRIORITY = 13;

/**
 * Turns a message into the fields of a record, under the reference's names and in its print forms. Never throws: what
 * is no syslog, or malformed RFC 5424, becomes a message without priority whose content is the whole text. Bytes that
 * are not UTF-8 become U+FFFD; control characters at the end are cut.
 * @param line one message without its framing
 * @param now when it was received
 */
export function parseSyslogMessage(line: Buffer, sender: Sender, now: Date): Record<string, string> {
  const text = withoutTrailingControls(line).toString('utf8');
  const priority = PRIORITY.exec(text);
  if (!priority) return plainRecord(text, sender, now);
  const rest = text.slice(priority[0].length);
  const version = VERSION.exec(rest);
  if (!version) return rfc3164Record(parseRfc3164(rest, now), Number(priority[1]), sender);
  const message = parseRfc5424(rest.slice(version[0].length));
  if (!message) return plainRecord(text, sender, now);
  return rfc5424Record(message, Number(priority[1]), version[1]!, sender);
}

function plainRecord(text: string, sender: Sender, now: Date): Record<string, string> {
  const message = { timestamp: printMoment(now), hostname: '', tag: '', content: trimSpaces(text) };
  return rfc3164Record(message, DEFAULT_PRIORITY, sender);
}

// The records are written out: put together from parts by spreading, they would take three times as long.

function rfc3164Record(message: Rfc3164Message, priority: number, sender: Sender): Record<string, string> {
  return {
    timestamp: message.timestamp,
    hostname: message.hostname || hostOfClient(sender.client),
    tag: message.tag,
    content: message.content,
    priority: String(priority),
    facility: facilityOf(priority),
    severity: severityOf(priority),
    client: sender.client,
    tls_peer: sender.tlsPeer,
  };
}

function rfc5424Record(
  message: Rfc5424Message,
  priority: number,
  version: string,
  sender: Sender,
): Record<string, string> {
  return {
    timestamp: message.timestamp,
    hostname: message.hostname,
    app_name: message.appName,
    proc_id: message.procId,
    msg_id: message.msgId,
    structured_data: message.structuredData,
    message: message.message,
    priority: String(priority),
    facility: facilityOf(priority),
    severity: severityOf(priority),
    version,
    client: sender.client,
    tls_peer: sender.tlsPeer,
  };
}

function facilityOf(priority: number): string {
  return String(Math.floor(priority / 8));
}

function severityOf(priority: number): string {
  return String(priority % 8);
}
