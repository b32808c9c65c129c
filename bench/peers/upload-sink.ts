import { createWriteStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

/** The least that a server in Node can do to keep what is sent: the body as it comes, synced to disk, then the answer. */
const file = process.argv[2]!;

async function keep(request: IncomingMessage): Promise<void> {
  await pipeline(request, createWriteStream(file));
  const handle = await open(file, 'r+');
  await handle.sync();
  await handle.close();
}

const server = createServer((request, response) => {
  void keep(request).then(async () => {
    response.end('{"success":true}\n');
    await rm(file);
  });
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
