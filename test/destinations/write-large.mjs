// Writes so many mebibytes to the destination that the environment names, reads them back, and prints by how many bytes
// memory has grown. Without a look at the heap: what counts is what the machine sees.
import { Readable } from 'node:stream';
import { Destinations } from '#src/backup/destinations/destinations.service.js';
import { readSettings } from '#src/settings.js';

const MEBIBYTE = 1024 * 1024;
const { signal } = new AbortController();
const destination = new Destinations(readSettings(process.env)).get('there');

async function thereAndBack(mebibytes) {
  const chunk = Buffer.alloc(MEBIBYTE, 7);
  const content = Readable.from(
    (function* () {
      for (let count = 0; count < mebibytes; count++) yield chunk;
    })(),
  );
  await destination.write('large.db', content, signal);
  let bytes = 0;
  for await (const part of await destination.read('large.db', signal)) bytes += part.length;
  if (bytes !== mebibytes * MEBIBYTE) throw new Error(`${bytes} bytes came back`);
}

// What is loaded only once does not count.
await thereAndBack(1);
const before = process.resourceUsage().maxRSS * 1024;
await thereAndBack(Number(process.argv[2]));
console.log(process.resourceUsage().maxRSS * 1024 - before);
