import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { TlsFiles } from '../settings.js';

/** @throws Error when a file cannot be read: without its certificate a listener does not start. */
export function readTlsFiles(files: TlsFiles): { cert: Buffer; key: Buffer } {
  return { cert: readFileSync(files.cert), key: readFileSync(files.key) };
}

/** What a person would type to reach a listener. */
export function addressUrl({ address, port, family }: AddressInfo, tls: boolean): string {
  const host = family === 'IPv6' ? `[${address}]` : address;
  return `${tls ? 'https' : 'http'}://${host}:${port}`;
}
