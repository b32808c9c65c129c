import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import * as zlib from 'node:zlib';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pack, requirePacking, unpack } from '#src/backup/packing/pack.js';
import { packingDamage } from '#src/backup/packing/packing-damage.js';
import type { Packing } from '#src/backup/packing/packing.js';
import { COMPRESSIONS } from '#src/backup/stored-copy.js';
import { hasProgram } from '../support/programs.js';
import { type AgeKey, inChunks, newAgeKey, openWith, packed, sha256, someContent } from './packed.js';

const MEBIBYTE = 1024 * 1024;
const CHUNK = 64 * 1024;
/** Quicker than to compare them with `toEqual`. */
function expectSame(found: Buffer, content: Buffer): void {
  expect(found.length).toBe(content.length);
  expect(found.equals(content)).toBe(true);
}

/** Around the size of age's chunks, where one more or less decides which one is the last. */
const SIZES = [0, 1, 15, 16, 17, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 16, 2 * CHUNK, 3 * CHUNK + 5];
const HAS_ZSTD = 'createZstdCompress' in zlib;
const compressions = COMPRESSIONS.filter((one) => one !== 'zstd' || HAS_ZSTD);

let key: AgeKey;
let other: AgeKey;
let folder: string;

beforeAll(async () => {
  [key, other] = await Promise.all([newAgeKey(), newAgeKey()]);
  folder = await mkdtemp(join(tmpdir(), 'flowg-packing-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('what is packed', () => {
  for (const compression of compressions)
    for (const sealed of [false, true])
      it(`comes back: ${compression}${sealed ? ', sealed' : ''}`, async () => {
        for (const size of SIZES) {
          const content = someContent(size);
          const recipients = sealed ? [key.recipient] : [];
          const { stored, packed: whole } = await packed(content, { compression, recipients });
          expect(whole.result()).toEqual({ bytes: stored.length, sha256: sha256(stored) });
          expectSame(await buffer(whole.unpack(inChunks(stored, 7777))), content);
          if (!sealed) expectSame(await buffer(unpack(inChunks(stored, 7777), compression)), content);
          else if (compression === 'none') expectSame(await openWith(key.identity, stored), content);
        }
      });

  it('comes back in chunks of any size, whatever its own size', async () => {
    const some = fc.record({
      size: fc.oneof(fc.nat(200_000), fc.constantFrom(CHUNK, 2 * CHUNK, 3 * CHUNK)),
      given: fc.integer({ min: 1, max: 150_000 }),
      taken: fc.integer({ min: 500, max: 150_000 }),
      compression: fc.constantFrom(...compressions),
    });
    await fc.assert(
      fc.asyncProperty(some, async ({ size, given, taken, compression }) => {
        const content = someContent(size);
        const packing = { compression, recipients: [key.recipient] };
        // Chunks that are too small take long without showing more.
        const { stored, packed: whole } = await packed(content, packing, Math.max(given, size / 500));
        expectSame(await buffer(whole.unpack(inChunks(stored, taken))), content);
      }),
      { numRuns: 40 },
    );
  });

  it('is named for what was done', () => {
    const suffix = (packing: Packing) => pack(Readable.from([]), packing).suffix;
    expect(suffix({ compression: 'none', recipients: [] })).toBe('');
    expect(suffix({ compression: 'gzip', recipients: [] })).toBe('.gz');
    expect(suffix({ compression: 'none', recipients: [key.recipient] })).toBe('.age');
    expect(suffix({ compression: 'gzip', recipients: [key.recipient] })).toBe('.gz.age');
  });

  it('is sealed with another key each time', async () => {
    const packing: Packing = { compression: 'none', recipients: [key.recipient] };
    const [first, second] = [
      await packed(Buffer.from('x'), packing),
      await packed(Buffer.from('x'), packing),
    ];
    expect(first.stored).not.toEqual(second.stored);
    const opened = buffer(first.packed.unpack(inChunks(second.stored, 1000)));
    await expect(opened).rejects.toThrow('header of the sealed file is not the one that was written');
  });

  it('is opened by each recipient, and by nobody else', async () => {
    const packing: Packing = { compression: 'none', recipients: [key.recipient, other.recipient] };
    const content = someContent(CHUNK + 9);
    const { stored } = await packed(content, packing);
    for (const { identity } of [key, other]) expectSame(await openWith(identity, stored), content);
    const stranger = await newAgeKey();
    await expect(openWith(stranger.identity, stored)).rejects.toThrow('no identity matched');
  });
});

describe('programs that others have', () => {
  it.skipIf(!hasProgram('age'))('age opens what is sealed', async () => {
    const keyFile = join(folder, 'key.txt');
    await writeFile(keyFile, `${key.identity}\n`);
    for (const size of SIZES) {
      const content = someContent(size);
      const { stored } = await packed(content, {
        compression: 'none',
        recipients: [other.recipient, key.recipient],
      });
      const opened = execFileSync('age', ['-d', '-i', keyFile], { input: stored, maxBuffer: 10 * MEBIBYTE });
      expectSame(opened, content);
    }
  });

  it.skipIf(!hasProgram('gunzip'))('gunzip opens what is compressed', async () => {
    const content = someContent(3 * MEBIBYTE);
    const { stored } = await packed(content, { compression: 'gzip', recipients: [] });
    expect(stored.length).toBeLessThan(0.6 * content.length);
    expectSame(execFileSync('gunzip', { input: stored, maxBuffer: 10 * MEBIBYTE }), content);
  });

  it.skipIf(!HAS_ZSTD || !hasProgram('zstd'))('zstd opens what is compressed', async () => {
    const content = someContent(3 * MEBIBYTE);
    const { stored } = await packed(content, { compression: 'zstd', recipients: [] });
    expectSame(execFileSync('zstd', ['-d'], { input: stored, maxBuffer: 10 * MEBIBYTE }), content);
  });
});

describe('a sealed file that was changed', () => {
  const content = someContent(3 * CHUNK + 100);
  const packing: () => Packing = () => ({ compression: 'none', recipients: [key.recipient] });
  const SEALED_CHUNK = CHUNK + 16;

  /** What comes of opening it. */
  async function failureOf(change: (stored: Buffer) => Buffer): Promise<unknown> {
    const { stored, packed: whole } = await packed(content, packing());
    return buffer(whole.unpack(inChunks(change(stored), 5000))).catch((error: unknown) => error);
  }
  /** Where the payload begins. */
  const payload = (stored: Buffer) => stored.length - (content.length + 4 * 16);
  const flipped = (stored: Buffer, at: number) => {
    const copy = Buffer.from(stored);
    copy[at]! ^= 1;
    return copy;
  };

  const CHANGES: Record<string, (stored: Buffer) => Buffer> = {
    'is empty': () => Buffer.alloc(0),
    'is cut in the header': (stored) => stored.subarray(0, 50),
    'is cut behind the header': (stored) => stored.subarray(0, payload(stored)),
    'is cut in a tag': (stored) => stored.subarray(0, payload(stored) + 10),
    'is cut in a chunk': (stored) => stored.subarray(0, payload(stored) + SEALED_CHUNK + 300),
    'is cut between two chunks': (stored) => stored.subarray(0, payload(stored) + 2 * SEALED_CHUNK),
    'lacks its last byte': (stored) => stored.subarray(0, -1),
    'has one byte more': (stored) => Buffer.concat([stored, Buffer.alloc(1)]),
    'has a last chunk twice': (stored) => Buffer.concat([stored, stored.subarray(-116)]),
    'has a bit flipped in its header': (stored) => flipped(stored, 30),
    'has a bit flipped in its nonce': (stored) => flipped(stored, payload(stored) - 1),
    'has a bit flipped in a chunk': (stored) => flipped(stored, payload(stored) + SEALED_CHUNK + 7),
    'has a bit flipped in its last tag': (stored) => flipped(stored, stored.length - 1),
    'has two chunks exchanged': (stored) => {
      const [head, first, second] = [0, SEALED_CHUNK, 2 * SEALED_CHUNK].map((at) => payload(stored) + at);
      const at = (from: number, to?: number) => stored.subarray(from, to);
      return Buffer.concat([at(0, head), at(first!, second), at(head!, first), at(second!)]);
    },
    'lacks a chunk': (stored) => {
      const at = payload(stored) + SEALED_CHUNK;
      return Buffer.concat([stored.subarray(0, at), stored.subarray(at + SEALED_CHUNK)]);
    },
  };
  for (const [what, change] of Object.entries(CHANGES))
    it(`is not opened when it ${what}`, async () => {
      expect(packingDamage(await failureOf(change))).toMatch(/^the (header of the )?sealed file/);
    });
});

describe('a compressed file that was changed', () => {
  const content = someContent(300_000);
  const CHANGES: Record<string, [change: (stored: Buffer) => Buffer, text: RegExp]> = {
    'is empty': [() => Buffer.alloc(0), /ends in the middle/],
    'is cut': [(stored) => stored.subarray(0, 100_000), /ends in the middle/],
    'lacks its trailer': [(stored) => stored.subarray(0, -8), /ends in the middle/],
    'has another sum': [
      (stored) => Buffer.concat([stored.subarray(0, -8), Buffer.alloc(4), stored.subarray(-4)]),
      /is damaged/,
    ],
    'has another length': [
      (stored) => Buffer.concat([stored.subarray(0, -4), Buffer.alloc(4)]),
      /is damaged/,
    ],
    'has zeros behind it': [(stored) => Buffer.concat([stored, Buffer.alloc(512)]), /512 bytes stand behind/],
    'has something behind it': [
      (stored) => Buffer.concat([stored, Buffer.from('garbage')]),
      /is damaged|stand behind/,
    ],
    'is something else': [() => Buffer.from('SQLite format 3'), /is damaged/],
  };
  for (const [what, [change, text]] of Object.entries(CHANGES))
    it(`is not opened when it ${what}`, async () => {
      const { stored } = await packed(content, { compression: 'gzip', recipients: [] });
      const opening = buffer(unpack(inChunks(change(stored), 5000), 'gzip'));
      const error: unknown = await opening.catch((failure: unknown) => failure);
      expect(packingDamage(error)).toMatch(text);
    });
});

describe('streams', () => {
  const packing = (): Packing => ({ compression: 'gzip', recipients: [key.recipient] });

  it('fail with the error of the content', async () => {
    const broken = () =>
      Readable.from(
        (function* () {
          yield someContent(MEBIBYTE);
          throw new Error('the snapshot broke off');
        })(),
        { objectMode: false },
      );
    for (const recipients of [[], [key.recipient]])
      for (const compression of compressions) {
        const { stream } = pack(broken(), { compression, recipients });
        await expect(buffer(stream)).rejects.toThrow('the snapshot broke off');
      }
    await expect(buffer(unpack(broken(), 'none'))).rejects.toThrow('the snapshot broke off');
  });

  it('tell an error also to somebody who begins to take later', async () => {
    const content = new Readable({ read: () => undefined });
    const { stream } = pack(content, packing());
    content.destroy(new Error('gone before it began'));
    await wait(20);
    await expect(buffer(stream)).rejects.toThrow('gone before it began');
  });

  it('let go of the content when nobody takes any more', async () => {
    const content = endless();
    const { stream } = pack(content.stream, packing());
    await expect(
      pipeline(stream, new Writable({ write: (_chunk, _encoding, done) => done(new Error('disk full')) })),
    ).rejects.toThrow('disk full');
    await wait(20);
    expect(content.stream.destroyed).toBe(true);
  });

  it('take no more than is asked of them', async () => {
    const content = endless();
    const { stream } = pack(content.stream, packing());
    stream.once('readable', () => undefined);
    await wait(300);
    const held = content.given();
    expect(held).toBeLessThan(4 * MEBIBYTE);
    await wait(100);
    expect(content.given()).toBe(held);
    stream.destroy();
  });

  function endless() {
    let given = 0;
    const part = someContent(CHUNK);
    const stream = new Readable({
      read() {
        given += part.length;
        this.push(part);
      },
    });
    return { stream, given: () => given };
  }
});

describe('requirePacking', () => {
  const refusal = async (packing: Packing): Promise<string> => {
    try {
      await requirePacking(packing);
      return '';
    } catch (error) {
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
      return (error as Error).message;
    }
  };

  it('accepts what can be done', async () => {
    for (const compression of compressions)
      expect(await refusal({ compression, recipients: [key.recipient, other.recipient] })).toBe('');
  });

  it.skipIf(HAS_ZSTD)('tells what this Node cannot do', async () => {
    expect(await refusal({ compression: 'zstd', recipients: [] })).toBe(
      'invalid argument: compression: zstd needs Node 22.15 or later under the server: use gzip, or none',
    );
  });

  it('tells what is no public key, and never shows it', async () => {
    const changed = key.recipient.replace(/.$/, (last) => (last === 'q' ? 'p' : 'q'));
    for (const text of ['', 'age1', changed, 'ssh-ed25519 AAAAC3Nz', key.recipient.toUpperCase()]) {
      const message = await refusal({ compression: 'none', recipients: [key.recipient, text] });
      expect(message).toMatch(/^invalid argument: recipients\.1: not a public key of age/);
    }
    const message = await refusal({ compression: 'none', recipients: [key.identity] });
    expect(message).toMatch(/^invalid argument: recipients\.0: this is a private key/);
    expect(message).not.toContain(key.identity.slice(16, 30));
    expect(await refusal({ compression: 'none', recipients: [key.recipient, key.recipient] })).toMatch(
      /there twice/,
    );
    expect(await refusal({ compression: 'none', recipients: Array<string>(21).fill(key.recipient) })).toMatch(
      /20 keys at most/,
    );
  });
});
