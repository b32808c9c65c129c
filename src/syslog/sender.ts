import { plainAddress } from '../addresses.js';

/** Who sent a message, as its record shows it. */
export interface Sender {
  /** `ip:port`, or `[ipv6]:port`. */
  client: string;
  /** Common name of the client's certificate; empty without one. */
  tlsPeer: string;
}

export function clientOf(address: string, port: number): string {
  const plain = plainAddress(address);
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`;
}

/** @param client as `clientOf` writes it. @returns the address alone. */
export function hostOfClient(client: string): string {
  const host = client.slice(0, client.lastIndexOf(':'));
  return host.startsWith('[') ? host.slice(1, -1) : host;
}
