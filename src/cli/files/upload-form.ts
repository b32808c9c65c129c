import { randomUUID } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { EXIT, Failure, fileTrouble } from '../failure.js';
import { progress } from '../progress.js';
import type { Body } from '../server/server-client.js';

const CHUNK_BYTES = 1024 * 1024;

/** A file as the form that a restore takes, its length known, read as fast as it is sent. */
export async function openForm(path: string): Promise<Body & { close(): Promise<void> }> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw fileTrouble(path, error);
  });
  const stats = await file.stat();
  if (!stats.isFile()) {
    await file.close();
    throw new Failure(EXIT.local, `${path}: this is not a file`);
  }
  const boundary = `flowg-${randomUUID()}`;
  const name = basename(path).replace(/[^\w.-]/g, '_');
  const head = Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="backup"; filename="${name}"\r\n` +
      'Content-Type: application/octet-stream\r\n\r\n',
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    bytes: head.length + stats.size + tail.length,
    stream: Readable.from(form(head, content(file, path, stats.size), tail), { objectMode: false }),
    close: () => file.close(),
  };
}

async function* form(head: Buffer, body: AsyncGenerator<Buffer>, tail: Buffer): AsyncGenerator<Buffer> {
  yield head;
  yield* body;
  yield tail;
}

/** As many bytes as were promised: what is written behind them meanwhile is not of this file. */
async function* content(file: FileHandle, path: string, bytes: number): AsyncGenerator<Buffer> {
  const shown = progress(`sending ${path}`, bytes);
  try {
    for (let position = 0; position < bytes;) {
      const room = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, bytes - position));
      const { bytesRead } = await file.read(room, 0, room.length, position).catch((error: unknown) => {
        throw fileTrouble(path, error);
      });
      if (bytesRead === 0)
        throw new Failure(EXIT.local, `${path}: the file was cut while it was sent; nothing was restored`);
      position += bytesRead;
      yield room.subarray(0, bytesRead);
      shown.add(bytesRead);
    }
  } finally {
    shown.end();
  }
}
