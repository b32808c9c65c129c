import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { addressUrl } from './http/listener.js';
import { ManagementServer } from './management/management.server.js';
import type { Settings } from './settings.js';
import { SyslogServer } from './syslog/syslog.server.js';

/** Listens, and arranges for the stop: no new work, a bound for what is under way, then the databases are closed. */
export async function startServer(application: NestExpressApplication, settings: Settings): Promise<void> {
  const log = new Logger('Server');
  await application.init();
  await application.get(ManagementServer).listen();
  await application.get(SyslogServer).listen();
  const { host, port } = settings.http.address;
  await application.listen(port, host);
  const server: Server = application.getHttpServer();
  const url = addressUrl(server.address() as AddressInfo, settings.http.tls !== undefined);
  log.log(`listening on ${url}, explorer at /api/docs`);

  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) return;
    stopping = true;
    log.log(`${signal}: finishing what is under way, for at most ${settings.shutdownSeconds} seconds`);
    const bound = setTimeout(() => server.closeAllConnections(), settings.shutdownSeconds * 1000);
    server.closeIdleConnections();
    // Whoever gets the last answer on a connection now does not keep it open, and the stop does not wait for it.
    server.keepAliveTimeout = 1;
    void application
      .close()
      .catch((error: Error) => log.error('the stop was not clean', error.stack))
      .finally(() => {
        clearTimeout(bound);
        process.exit();
      });
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
