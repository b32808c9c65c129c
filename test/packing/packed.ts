import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Decrypter, generateIdentity, identityToRecipient } from 'age-encryption';
import { pack } from '#src/backup/packing/pack.js';
import type { Packed, Packing } from '#src/backup/packing/packing.js';

export interface AgeKey {
  identity: string;
  recipient: string;
}

export async function newAgeKey(): Promise<AgeKey> {
  const identity = await generateIdentity();
  return { identity, recipient: await identityToRecipient(identity) };
}

/** Bytes that get smaller, but not to nothing. */
export function someContent(bytes: number): Buffer {
  const content = randomBytes(bytes);
  content.fill('the same again ', 0, Math.floor(bytes / 2));
  return content;
}

/** @param chunkBytes in which the content comes. */
export async function packed(
  content: Buffer,
  packing: Packing,
  chunkBytes = 10_000,
): Promise<{ stored: Buffer; packed: Packed }> {
  const whole = pack(inChunks(content, chunkBytes), packing);
  const stored = await buffer(whole.stream);
  return { stored, packed: whole };
}

export function inChunks(content: Buffer, chunkBytes: number): Readable {
  const parts: Buffer[] = [];
  for (let at = 0; at < content.length; at += chunkBytes) parts.push(content.subarray(at, at + chunkBytes));
  return Readable.from(parts, { objectMode: false });
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** As any other program that knows the format would. */
export async function openWith(identity: string, sealed: Buffer): Promise<Buffer> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return Buffer.from(await decrypter.decrypt(sealed));
}
