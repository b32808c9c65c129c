import { createReadStream } from 'node:fs';
import { request } from 'node:http';

/**
 * Sends a file as curl's `--form backup=@FILE` does, from a process of its own. Parameters: address, token, file.
 * Prints when it was done with what, as JSON.
 */
const [url, token, file] = process.argv.slice(2) as [string, string, string];
const boundary = 'the-boundary-of-the-benchmark';
const head = `--${boundary}\r\nContent-Disposition: form-data; name="backup"; filename="logs.db"\r\n\r\n`;
const begun = performance.now();
let handedOverMs = 0;
const sending = request(url, {
  method: 'POST',
  headers: {
    'Content-Type': `multipart/form-data; boundary=${boundary}`,
    Authorization: `Bearer pat:${token}`,
  },
});
sending.on('finish', () => (handedOverMs = performance.now() - begun));
sending.on('response', (response) => {
  response.resume().on('end', () => {
    const answeredMs = performance.now() - begun;
    console.log(JSON.stringify({ status: response.statusCode, handedOverMs, answeredMs }));
  });
});
sending.write(head);
const reading = createReadStream(file, { highWaterMark: 1024 * 1024 });
reading.pipe(sending, { end: false });
reading.on('end', () => sending.end(`\r\n--${boundary}--\r\n`));
