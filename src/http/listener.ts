import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createSecureContext } from 'node:tls';
import type { TlsFiles } from '../settings.js';

/** @throws Error that names the files when they cannot be used: without its certificate a listener does not start. */
export function readTlsFiles(files: TlsFiles): { cert: Buffer; key: Buffer } {
  try {
    const pair = { cert: readFileSync(files.cert), key: readFileSync(files.key) };
    createSecureContext(pair);
    return pair;
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new Error(`the TLS certificate ${files.cert} with the key ${files.key} cannot be used: ${reason}`, {
      cause,
    });
  }
}

/** What a person would type to reach a listener. */
export function addressUrl({ address, port, family }: AddressInfo, tls: boolean): string {
  const host = family === 'IPv6' ? `[${address}]` : address;
  return `${tls ? 'https' : 'http'}://${host}:${port}`;
}
