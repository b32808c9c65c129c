import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers every request with so many bytes from memory: what the way over HTTP costs by itself. */
const body = Buffer.alloc(Number(process.argv[2]), ' ');
const server = createServer((_request, response) => {
  response.setHeader('Content-Type', 'application/json');
  response.end(body);
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
