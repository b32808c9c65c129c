import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Call {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
  atMs: number;
}

type Behaviour = (call: Call, response: ServerResponse) => void;

/** A server that webhooks call. By default it answers 204. */
export class WebhookReceiver {
  readonly calls: Call[] = [];
  behaviour: Behaviour = (_call, response) => void response.writeHead(204).end();

  private constructor(private readonly server: Server) {}

  /** @param port 0: one that is free. */
  static async start(port = 0): Promise<WebhookReceiver> {
    const server = createServer();
    const receiver = new WebhookReceiver(server);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void receiver.take(request, response);
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  /** Fields of the logs that were told, in the order of the calls. */
  get fields(): Record<string, string>[] {
    return this.calls.map(({ body }) => JSON.parse(body).fields);
  }

  answer(status: number, headers: Record<string, string> = {}): void {
    this.behaviour = (_call, response) => void response.writeHead(status, headers).end('{}');
  }

  async until(count: number, seconds = 15): Promise<void> {
    const deadline = Date.now() + seconds * 1000;
    while (this.calls.length < count) {
      if (Date.now() > deadline) throw new Error(`${this.calls.length} calls came, ${count} were expected`);
      await new Promise((done) => setTimeout(done, 10));
    }
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close').catch(() => undefined);
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call: Call = {
      method: request.method!,
      path: request.url!,
      headers: request.headers,
      body: await text(request),
      atMs: Date.now(),
    };
    this.calls.push(call);
    this.behaviour(call, response);
  }
}
