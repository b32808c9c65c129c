import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sha256 } from '../support/backup-client.js';

export const BACKUP_ID = '5f0f6a3e-6e0a-4d0b-9d43-0d1d5a0c2a51';
/** Looks like a token, and is known to nobody. */
export const TOKEN = `pat_${'x'.repeat(32)}`;

export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** A server that does what a test says, for what a real one does only on bad days. */
export class FakeServer {
  /** `METHOD /path?query` of each request, in their order. */
  readonly asked: string[] = [];
  authorization: string | undefined;

  private constructor(private readonly server: ReturnType<typeof createServer>) {}

  static async start(handlers: Record<string, Handler>): Promise<FakeServer> {
    const server = createServer((request, response) => {
      fake.asked.push(`${request.method} ${request.url}`);
      fake.authorization = request.headers.authorization;
      const handler = handlers[request.url!.split('?')[0]!.replace('/api/v1/', '')];
      if (handler) void handler(request, response);
      else void answer(404, { status: 'NOT_FOUND', error: 'not found: nothing here' })(request, response);
    });
    const fake = new FakeServer(server);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((closed) => this.server.close(() => closed()));
  }
}

/** Reads what was sent, then answers. */
export function answer(status: number, body: object): Handler {
  return (request, response) => {
    request.resume().on('end', () => send(response, status, body));
  };
}

export function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}

/** A download of these bytes. @param sent as many of them come before the connection is cut. */
export function download(bytes: Buffer, sent = bytes.length): Handler {
  return (_request, response) => {
    response.writeHead(200, { 'Content-Length': bytes.length, 'X-Backup-Id': BACKUP_ID });
    response.write(bytes.subarray(0, sent));
    if (sent === bytes.length) response.end();
    else setTimeout(() => response.destroy(), 50);
  };
}

/** What the catalogue says of a download of these bytes. */
export function catalogued(bytes: Buffer): Handler {
  return answer(200, {
    success: true,
    backup: {
      id: BACKUP_ID,
      bytes: bytes.length,
      sha256: sha256(bytes),
      instant: '2026-01-31T09:30:00.004Z',
    },
  });
}
