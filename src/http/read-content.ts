import type { Request, Response } from 'express';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { invalidArgument } from '../problems.js';
import { BODY_SECONDS, bodyTooLarge, readBody } from './request-body.js';

const unzip = promisify(gunzip);

/**
 * Reads a whole body, gzip or plain.
 * @param limitBytes of what is sent, and of what it is unpacked.
 * @throws Problem INVALID_ARGUMENT for another encoding or damaged gzip, TOO_LARGE, TIMEOUT.
 */
export async function readContent(request: Request, response: Response, limitBytes: number): Promise<Buffer> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding !== 'identity' && encoding !== 'gzip') {
    const shown = JSON.stringify(encoding.slice(0, 40));
    throw invalidArgument(
      `invalid argument: the content encoding ${shown} is not possible: use gzip or none`,
    );
  }
  const body = await readBody(request, response, limitBytes, BODY_SECONDS);
  if (encoding === 'identity') return body;
  try {
    return await unzip(body, { maxOutputLength: limitBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw bodyTooLarge(limitBytes);
    throw invalidArgument(`invalid argument: the body is not gzip, as its content encoding says`);
  }
}

/**
 * @param accepted types in lower case, without parameters.
 * @returns the one that the request has; the first one where it has none, as in the reference.
 * @throws Problem INVALID_ARGUMENT.
 */
export function requireContentType<Type extends string>(request: Request, accepted: [Type, ...Type[]]): Type {
  const given = request.headers['content-type'];
  if (given === undefined) return accepted[0];
  const type = given.split(';')[0]!.trim().toLowerCase();
  const found = accepted.find((one) => one === type);
  if (found) return found;
  throw invalidArgument(
    `invalid argument: request with ${accepted.join(' or ')} content type expected, received: ${given.slice(0, 100)}`,
  );
}

/** @throws Problem INVALID_ARGUMENT unless the bytes are UTF-8. */
export function utf8Text(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalidArgument('invalid argument: the body is not text in UTF-8');
  }
}
