import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PeerProcess } from './peer-process.js';

/** In a peer: measures whenever it is asked over HTTP, and prints the port. @param measure gets the query of the URL. */
export function serveMeasurements(measure: (asked: URLSearchParams) => Promise<number>): void {
  const server = createServer((request, response) => {
    measure(new URL(request.url!, 'http://peer').searchParams).then(
      (value) => response.end(String(value)),
      (error: Error) => response.writeHead(500).end(error.stack),
    );
  });
  server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
}

/** Asks such a peer. @throws Error what it failed with. */
export async function measureIn(peer: PeerProcess, asked: Record<string, number>): Promise<number> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asked)) query.set(name, String(value));
  const response = await fetch(`${peer.url}/?${query.toString()}`);
  const text = await response.text();
  if (!response.ok) throw new Error(`the peer failed: ${text}`);
  return Number(text);
}
