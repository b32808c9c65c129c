import type { Request, Response } from 'express';
import multer from 'multer';
import { acceptBody } from '../../http/request-body.js';
import { invalidArgument, Problem } from '../../problems.js';
import type { UploadReceiver } from './upload-receiver.js';
import { UploadStorage } from './upload.storage.js';

/** Name of the part of the form that holds the file, as in the reference. */
const PART = 'backup';
/** Text parts are of no use here; these limits keep them from costing anything. */
const FORM_LIMITS = { fields: 10, parts: 12, fieldSize: 64 * 1024, fieldNameSize: 200, headerPairs: 50 };

/**
 * Receives the one file of a multipart upload. There is no limit to the whole time.
 * @param idleSeconds without a byte after which the upload is given up.
 * @throws Problem, or whatever the receiver throws; whatever had been received is gone then.
 */
export async function receiveUpload<Received extends { bytes: number }>(
  request: Request,
  response: Response,
  receiver: UploadReceiver<Received>,
  idleSeconds: number,
): Promise<Received> {
  requireMultipart(request);
  acceptBody(request, response);
  const received = await new Promise<Received | undefined>((resolve, reject) => {
    const end = new AbortController();
    const giveUp = (problem: Problem) => {
      reject(problem);
      end.abort();
    };
    // Where nobody listens yet a cut is not heard of: without this the upload would be waited for for ever.
    if (request.destroyed) return giveUp(cutOff());
    request.once('close', () => request.complete || giveUp(cutOff()));
    request.setTimeout(idleSeconds * 1000, () => giveUp(idle(idleSeconds)));
    const storage = new UploadStorage(receiver, end.signal, reject);
    const middleware = multer({ storage, limits: FORM_LIMITS }).single(PART);
    void middleware(request, response, (error?: unknown) => {
      if (error) reject(asProblem(error));
      else resolve(storage.received);
    });
  });
  request.setTimeout(0);
  if (!received) throw invalidArgument(whatIsMissing(request));
  if (received.bytes > 0) return received;
  await receiver.remove(received);
  throw invalidArgument(`invalid argument: the file in part "${PART}" is empty`);
}

/** Looks at the head of the request only. @throws Problem INVALID_ARGUMENT unless it has a form. */
export function requireMultipart(request: Request): void {
  const type = request.headers['content-type'];
  if (type?.toLowerCase().startsWith('multipart/form-data')) return;
  throw invalidArgument(
    `invalid argument: failed to get file "${PART}" from request: request Content-Type isn't multipart/form-data; ` +
      `send the file as a form, as curl does with --form ${PART}=@FILE`,
  );
}

function whatIsMissing(request: Request): string {
  const text = (request.body as Record<string, unknown> | undefined)?.[PART];
  if (typeof text === 'string') {
    const shown = JSON.stringify(text.slice(0, 100));
    const suggestion = /^[\w./-]{1,100}$/.test(text) ? text : 'FILE';
    return (
      `invalid argument: the part "${PART}" must be a file, but it is the text ${shown}: ` +
      `put an @ before the file's name, --form ${PART}=@${suggestion}`
    );
  }
  return `invalid argument: the form has no part "${PART}": send the file with --form ${PART}=@FILE`;
}

function idle(seconds: number): Problem {
  return new Problem('TIMEOUT', `no byte of the upload arrived for ${seconds} seconds: send it again`);
}

function cutOff(): Problem {
  return invalidArgument('invalid argument: the form cannot be read: the connection was cut; send it again');
}

function asProblem(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof Problem) return error;
  const { code, field } = error as { code?: string; field?: string };
  if (code === 'LIMIT_UNEXPECTED_FILE') {
    const text =
      field === PART
        ? `the form has more than one file in part "${PART}": send one at a time`
        : `the file came in a part named ${JSON.stringify(String(field).slice(0, 100))}: name it "${PART}", ` +
          `--form ${PART}=@FILE`;
    return invalidArgument(`invalid argument: ${text}`);
  }
  if (error instanceof multer.MulterError) {
    return invalidArgument(
      `invalid argument: the form has more than the one part "${PART}": ${error.message}`,
    );
  }
  // What is left of busboy's errors: the form itself is broken, or ends too early.
  if (
    /multipart|boundary|unexpected end|malformed|part terminated|request (aborted|closed)/i.test(
      error.message,
    )
  ) {
    return invalidArgument(`invalid argument: the form cannot be read: ${error.message}`);
  }
  return error;
}
