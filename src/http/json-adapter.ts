import { ExpressAdapter } from '@nestjs/platform-express';
import type { Response } from 'express';
import type { ServerResponse } from 'node:http';

/** Sends what handlers return by `sendJson`: Express itself would also answer 304, to clients that have a copy already. */
export class JsonAdapter extends ExpressAdapter {
  override reply(response: Response, body: unknown, statusCode?: number): unknown {
    if (typeof body !== 'string') return super.reply(response, body, statusCode);
    if (statusCode !== undefined) response.status(statusCode);
    return sendJson(response, body);
  }
}

/** Ends an answer with a JSON text, labelled as in the reference: there is no such thing as a charset of JSON. */
export function sendJson(response: ServerResponse, text: string): void {
  response.setHeader('Content-Type', 'application/json');
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.end(text);
}
