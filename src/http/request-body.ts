import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { invalidArgument, Problem } from '../problems.js';

/**
 * A body is asked for only after the guards have let the request pass. A client that sent `Expect: 100-continue`
 * (curl does, for anything large) then never sends the body of a refused request at all.
 */
const waitingForContinue = new WeakSet<object>();

/** A body that is kept in memory must arrive within this. */
export const BODY_SECONDS = 30;

/** How long a refused client may go on sending before the connection is cut. */
const LINGER_MILLISECONDS = 2000;

/** Hands requests that ask before they send to the application, instead of telling them at once to go ahead. */
export function askBeforeBodies(server: Server, application: RequestListener): void {
  server.on('checkContinue', (request: IncomingMessage, response) => {
    waitingForContinue.add(request);
    application(request, response);
  });
}

/** To be called before the first byte of a body is read. */
export function acceptBody(request: IncomingMessage, response: ServerResponse): void {
  if (waitingForContinue.delete(request)) response.writeContinue();
}

/**
 * To be called before a refusal is written. If part of the body is still to come, the connection ends after the
 * answer. It is not cut at once: a client in the middle of sending would lose the answer with it.
 */
export function refuseRestOfBody(request: IncomingMessage, response: ServerResponse): void {
  if (request.readableEnded || !hasBody(request) || response.headersSent) return;
  response.setHeader('Connection', 'close');
  lingerBeforeClosing(request.socket);
}

export function hasBody(request: IncomingMessage): boolean {
  return (
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0
  );
}

function lingerBeforeClosing(socket: Socket): void {
  socket.destroySoon = () => {
    socket.end();
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), LINGER_MILLISECONDS);
    socket.once('close', () => clearTimeout(timer));
  };
}

/**
 * Reads a whole body into memory.
 * @throws Problem TOO_LARGE above `limitBytes`, TIMEOUT when it takes longer than `seconds`.
 */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  limitBytes: number,
  seconds: number,
): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw bodyTooLarge(limitBytes);
  acceptBody(request, response);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const settle = (outcome: () => void) => {
      clearTimeout(timer);
      request.off('data', take).off('end', finish).off('close', giveUp);
      outcome();
    };
    const take = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > limitBytes) settle(() => reject(bodyTooLarge(limitBytes)));
      else chunks.push(chunk);
    };
    const finish = () => settle(() => resolve(Buffer.concat(chunks)));
    const giveUp = () => settle(() => reject(invalidArgument('invalid argument: the request was cut off')));
    const expire = () =>
      settle(() =>
        reject(new Problem('TIMEOUT', `the request body did not arrive within ${seconds} seconds`)),
      );
    const timer = setTimeout(expire, seconds * 1000);
    request.on('data', take).on('end', finish).on('close', giveUp);
  });
}

export function bodyTooLarge(limitBytes: number): Problem {
  return new Problem('TOO_LARGE', `the request body is larger than ${limitBytes} bytes: send less at a time`);
}
