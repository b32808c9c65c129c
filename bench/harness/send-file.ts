import { PeerProcess } from './peer-process.js';

export interface Sent {
  /** Milliseconds from the beginning until the last byte had gone to the system. */
  handedOverMs: number;
  /** Milliseconds from the beginning until the whole answer was there. */
  answeredMs: number;
}

/**
 * Uploads a file, the same way to whatever server.
 * @throws Error for an answer that is not 200.
 */
export async function sendFile(url: string, pat: string, file: string): Promise<Sent> {
  const uploader = await PeerProcess.start('uploader', url, pat, file);
  const { status, ...sent } = JSON.parse(uploader.firstLine) as Sent & { status: number };
  await uploader.stop();
  if (status !== 200) throw new Error(`${url} answered the upload with ${status}`);
  return sent;
}
