import { Logger } from '@nestjs/common';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { RenewableTls } from '../../http/renewable-tls.js';
import type { BindAddress } from '../../setting-values.js';
import type { Reception } from '../reception.js';
import { clientOf } from '../sender.js';
import { countDropped } from '../syslog-metrics.js';
import { ThrottledLog } from '../throttled-log.js';
import type { SyslogListener } from './syslog-listener.js';
import { receiveFrames } from './tcp-connection.js';
import { createTlsHalf, peerName, secure } from './tls-server.js';

const MOST_CONNECTIONS = 1000;
/** Idle connections stay; after this time the system asks whether the other side still exists. */
const KEEPALIVE_MS = 60_000;

/**
 * Listens for connections, with TLS where it is given.
 * @throws Error of the system, as for an address in use.
 */
export async function listenTcp(
  { host, port }: BindAddress,
  reception: Reception,
  tls?: RenewableTls,
): Promise<SyslogListener> {
  const log = new Logger('Syslog');
  const refusals = new ThrottledLog((text) => log.warn(text));
  const sockets = new Set<Socket>();
  const readings = new Set<Promise<void>>();

  const read = (socket: Socket, tlsPeer: string) => {
    const client = clientOf(socket.remoteAddress ?? '', socket.remotePort ?? 0);
    const reading = receiveFrames(socket, { client, tlsPeer }, reception);
    readings.add(reading);
    void reading.finally(() => readings.delete(reading));
  };
  const tlsHalf =
    tls &&
    createTlsHalf(
      tls.options,
      (socket: TLSSocket) => read(socket, peerName(socket)),
      (reason, { remoteAddress }) => {
        countDropped('tls');
        // The socket has forgotten the address of a client that it hung up on itself.
        refusals.say(`refused a TLS client${remoteAddress ? ` at ${remoteAddress}` : ''}: ${reason}`);
      },
    );

  const endRenewal = tlsHalf && tls.keepRenewed(tlsHalf);

  const server = createServer({ keepAlive: true, keepAliveInitialDelay: KEEPALIVE_MS }, (socket) => {
    if (socket.remoteAddress === undefined || !reception.admits(socket.remoteAddress)) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    if (tlsHalf) secure(tlsHalf, socket);
    else read(socket, '');
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.on('drop', (data) => {
    countDropped('connections');
    refusals.say(`refused a connection of ${data?.remoteAddress}: ${MOST_CONNECTIONS} are open`);
  });
  server.listen(port, host);
  await once(server, 'listening');
  server.on('error', (error) => log.error(`connections: ${error.message}`));

  return {
    address: server.address() as SyslogListener['address'],
    kernelDrops: () => 0,
    close: async () => {
      endRenewal?.();
      server.close();
      for (const socket of sockets) socket.destroy();
      await Promise.all(readings);
    },
  };
}
