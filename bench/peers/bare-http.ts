import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The least that a server in Node can do with a JSON request: read it, parse it, answer 200. */
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    if (chunks.length > 0) JSON.parse(Buffer.concat(chunks).toString());
    response.setHeader('Content-Type', 'application/json');
    response.end('{"success":true}\n');
  });
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
