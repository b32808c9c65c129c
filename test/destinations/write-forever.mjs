// Writes a file into the folder of the first argument, says so when some of it is there, and never comes to its end.
import { Readable } from 'node:stream';
import { FolderDestination } from '#src/backup/destinations/folder/folder.destination.js';

const content = Readable.from(
  (async function* () {
    for (let count = 0; count < 8; count++) yield Buffer.alloc(1024 * 1024);
    console.log('written');
    await new Promise((done) => setTimeout(done, 60_000));
  })(),
);
const limits = { idleSeconds: 60, reserveBytes: 0 };
await new FolderDestination('there', process.argv[2], limits).write(
  'a.db',
  content,
  new AbortController().signal,
);
