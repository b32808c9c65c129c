import { type IncomingMessage, request as send, type ServerResponse } from 'node:http';
import type { Transform } from 'node:stream';

/**
 * Sends a request on to another server, and its answer back.
 * @param ways what the bodies go through on the way there and back.
 */
export function passOn(
  request: IncomingMessage,
  response: ServerResponse,
  target: string,
  ways: { up?: Transform; down?: Transform } = {},
): void {
  const { method, headers, url } = request;
  const there = send(target + url, { method, headers, agent: false }, (back) => {
    response.writeHead(back.statusCode!, back.headers);
    (ways.down ? back.pipe(ways.down) : back).pipe(response);
    back.on('error', () => response.destroy());
  });
  there.on('error', () => response.destroy());
  response.on('close', () => there.destroy());
  (ways.up ? request.pipe(ways.up) : request).pipe(there);
}
