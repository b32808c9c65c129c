import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The least that a server in Node can do to send a file. Parameter: the file. */
const file = process.argv[2]!;
const server = createServer((_request, response) => {
  response.setHeader('Content-Length', statSync(file).size);
  createReadStream(file).pipe(response);
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
