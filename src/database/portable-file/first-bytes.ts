import { open } from 'node:fs/promises';

/** The beginning of a file that nobody has open: `most` bytes, or as many as there are. */
export async function firstBytes(path: string, most: number): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(most), 0, most, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
