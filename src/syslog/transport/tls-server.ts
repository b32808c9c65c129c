import type { Socket } from 'node:net';
import { createServer, type Server, type TlsOptions, type TLSSocket } from 'node:tls';

const HANDSHAKE_MS = 30_000;

/**
 * The TLS half of a listener: it listens on nothing itself, connections are handed to it.
 * @param onSecure gets each connection whose client has shown what is required of it
 * @param onRefusal gets the reason where one has not
 */
export function createTlsHalf(
  certificates: TlsOptions,
  onSecure: (socket: TLSSocket) => void,
  onRefusal: (reason: string, socket: TLSSocket) => void,
): Server {
  const server = createServer({
    ...certificates,
    handshakeTimeout: HANDSHAKE_MS,
  });
  server.on('secureConnection', onSecure);
  server.on('tlsClientError', (error: Error & { reason?: string }, socket) => {
    // A certificate that was shown and not accepted is told by the socket; the error only says that it hung up.
    onRefusal(String(socket.authorizationError ?? error.reason ?? error.message), socket);
  });
  return server;
}

/** Begins the handshake on a connection. */
export function secure(server: Server, socket: Socket): void {
  server.emit('connection', socket);
}

/** @returns the common name in the client's certificate; empty without one. */
export function peerName(socket: TLSSocket): string {
  // The types do not know that there is nothing in it without a certificate, nor that a name may have several.
  const { subject } = socket.getPeerCertificate() as { subject?: { CN?: string | string[] } };
  return [subject?.CN ?? ''].flat()[0]!;
}
