import type { IncomingMessage } from 'node:http';
import { EXIT, Failure } from '../failure.js';

export type Answer = Record<string, unknown>;

const MOST_BYTES = 64 * 1024 * 1024;
/** It makes sense to send the same again. */
const PASSING = new Set([408, 429, 500, 502, 503, 504]);

/** @throws Failure unless it is a success of this server. */
export async function readAnswer(response: IncomingMessage, url: URL): Promise<Answer> {
  const status = response.statusCode!;
  const text = await textOf(response, url);
  const answer = parse(text);
  if (answer && status === 200) return answer;
  if (answer) throw refusalIn(answer, status);
  const { location } = response.headers;
  if (location) throw new Failure(EXIT.usage, `${url.href} leads to ${location}: use that URL`);
  throw new Failure(
    PASSING.has(status) ? EXIT.unreachable : EXIT.refused,
    `${url.href} answers with status ${status} and nothing that the server would say: is this its URL?`,
  );
}

/** What the server said when it said no. */
function refusalIn(answer: Answer, status: number): Failure {
  const sentence = typeof answer.error === 'string' ? answer.error : 'the server gave no reason';
  const exitCode = PASSING.has(status) ? EXIT.unreachable : EXIT.refused;
  return new Failure(exitCode, `${sentence} (status ${status})`, answer);
}

async function textOf(response: IncomingMessage, url: URL): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) break;
      chunks.push(chunk);
    }
  } catch {
    throw new Failure(EXIT.unreachable, `${url.origin}: the connection was cut in the middle of the answer`);
  }
  return Buffer.concat(chunks).toString();
}

function parse(text: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Answer)
      : undefined;
  } catch {
    return undefined;
  }
}
