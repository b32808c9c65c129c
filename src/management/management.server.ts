import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { addressUrl } from '../http/listener.js';
import { RenewableTls } from '../http/renewable-tls.js';
import { SETTINGS, type Settings, type TlsFiles } from '../settings.js';
import { Metrics } from './metrics.js';
import { Readiness } from './readiness.js';

/** Nothing here is for a browser: it is to make no page, script or frame of it. */
const NO_PAGE = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
};

/** `/health`, `/ready` and `/metrics` for machines, without a token and on a port of its own. */
@Injectable()
export class ManagementServer implements OnApplicationShutdown {
  private readonly log = new Logger('Management');
  private server?: Server;

  constructor(
    private readonly readiness: Readiness,
    private readonly metrics: Metrics,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async listen(): Promise<void> {
    const { address, tls } = this.settings.management;
    const answer = (request: IncomingMessage, response: ServerResponse) => {
      void this.answer(request, response).catch((error: Error) => {
        this.log.error('a management request failed', error.stack);
        response.destroy();
      });
    };
    this.server = tls ? this.tlsServer(tls, answer) : createServer(answer);
    this.server.listen(address.port, address.host);
    await once(this.server, 'listening');
    this.log.log(`management on ${addressUrl(this.server.address() as AddressInfo, tls !== undefined)}`);
  }

  onApplicationShutdown(): void {
    this.server?.close();
    this.server?.closeAllConnections();
  }

  private tlsServer(files: TlsFiles, answer: RequestListener): TlsServer {
    const tls = RenewableTls.ofPair('management', files, this.settings.tlsReloadSeconds);
    const server = createTlsServer(tls.options, answer);
    tls.keepRenewed(server);
    return server;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path] = (request.url ?? '/').split('?');
    if (path === '/health') return send(response, 200, 'OK\r\n');
    if (path === '/ready') {
      const obstacles = await this.readiness.obstacles();
      return send(response, obstacles.length === 0 ? 200 : 503, `${obstacles.join('; ') || 'OK'}\r\n`);
    }
    if (path === '/metrics') return send(response, 200, await this.metrics.text(), this.metrics.contentType);
    return send(response, 404, '404 page not found\n');
  }
}

function send(
  response: ServerResponse,
  status: number,
  text: string,
  type = 'text/plain; charset=utf-8',
): void {
  response
    .writeHead(status, { ...NO_PAGE, 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) })
    .end(text);
}
