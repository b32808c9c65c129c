import { closeSync, openSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileBytes } from '#src/backup/flowg-import/badger/file-bytes.js';
import type { KeyValue } from '#src/backup/flowg-import/badger/key-value.js';
import { keyValues } from '#src/backup/flowg-import/badger/key-values.js';
import { recogniseFlowg } from '#src/backup/flowg-import/recognise.js';
import { type BadgerKey, badgerStream, blockBytes } from './badger-stream.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowg-blocks-'));
});

afterAll(() => rm(folder, { recursive: true }));

const KEYS: BadgerKey[] = [
  { key: 'index:user:ann' },
  { key: 'user:ann:password', value: 'x'.repeat(300), version: 2 ** 40 + 5, expiresAt: 1_800_000_000 },
  { key: 'user:ann:role:ops', version: 300, deleted: true },
];
const GOOD = badgerStream(KEYS, 2);

async function read(bytes: Buffer): Promise<{ pairs: KeyValue[]; oversized: number[] }> {
  const path = join(folder, 'stream');
  await writeFile(path, bytes);
  const descriptor = openSync(path, 'r');
  const oversized: number[] = [];
  try {
    const pairs = [...keyValues(new FileBytes(descriptor), (one) => oversized.push(one.bytes))];
    return { pairs, oversized };
  } finally {
    closeSync(descriptor);
  }
}

const reading = (bytes: Buffer) => expect(read(bytes)).rejects;

function block(content: Buffer, length = content.length): Buffer {
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(length));
  return Buffer.concat([start, content]);
}

it('all of a pair is read', async () => {
  const { pairs } = await read(GOOD);
  expect(pairs.map(({ key }) => key.toString())).toEqual(KEYS.map(({ key }) => key));
  expect(pairs[1]).toMatchObject({ expiresAt: 1_800_000_000, deleted: false, streamDone: false });
  expect(pairs[1]!.value.toString()).toBe('x'.repeat(300));
  expect(pairs[1]!.version.readBigUInt64BE()).toBe(2n ** 40n + 5n);
  expect(pairs[2]!.deleted).toBe(true);
});

it('a block may be larger than what is read at a time', async () => {
  const keys = Array.from({ length: 3000 }, (_, index) => ({ key: `k${index}`, value: 'y'.repeat(index) }));
  const { pairs } = await read(badgerStream(keys, 3000));
  expect(pairs).toHaveLength(3000);
  expect(pairs.every(({ value }, index) => value.toString() === 'y'.repeat(index))).toBe(true);
});

it('a pair that is too large is passed over, not held', async () => {
  const bytes = 17 * 1024 * 1024;
  const keys = [{ key: 'a' }, { key: 'b', value: Buffer.alloc(bytes) }, { key: 'c' }];
  const { pairs, oversized } = await read(badgerStream(keys));
  expect(pairs.map(({ key }) => key.toString())).toEqual(['a', 'c']);
  expect(oversized[0]).toBeGreaterThan(bytes);
});

it('a stream that is cut anywhere but between blocks is refused', async () => {
  const secondBlock = 8 + Number(GOOD.readBigUInt64LE());
  for (let cut = 1; cut < GOOD.length; cut++) {
    if (cut === secondBlock) expect((await read(GOOD.subarray(0, cut))).pairs).toHaveLength(2);
    else await reading(GOOD.subarray(0, cut)).toMatchObject({ check: 'size' });
  }
});

describe('damage', () => {
  it.each([
    ['a block larger than the file', 'size', block(Buffer.from([10]), GOOD.length)],
    ['a block larger than any file', 'size', block(Buffer.from([10]), Number.MAX_SAFE_INTEGER)],
    ['a text', 'size', Buffer.from('something else')],
    ['a block of nothing', 'structure', Buffer.alloc(8)],
    ['a pair longer than its block', 'structure', block(Buffer.from([10, 100, 1]))],
    ['an unknown field', 'structure', block(Buffer.from([10, 2, 0x38, 1]))],
    ['a field of another kind', 'structure', block(Buffer.from([10, 2, 0x08, 1]))],
    ['a field longer than its pair', 'structure', block(Buffer.from([10, 3, 0x0a, 50, 1]))],
    ['a key of no bytes', 'structure', blockBytes([{ key: '' }])],
    ['a key larger than Badger allows', 'structure', blockBytes([{ key: 'x'.repeat(65_001) }])],
    [
      'a length without an end',
      'structure',
      block(Buffer.concat([Buffer.from([10]), Buffer.alloc(40, 0xff)])),
    ],
  ])('%s', async (_what, check, bytes) => {
    await reading(Buffer.concat([GOOD, bytes])).toMatchObject({ check });
  });
});

describe('the first bytes tell a stream', () => {
  it('by a first block that can be one', () => {
    expect(recogniseFlowg(GOOD.subarray(0, 100))).toBe('badger');
    expect(recogniseFlowg(badgerStream([{ key: 'k' }]))).toBe('badger');
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a text', Buffer.from('a text of more than a hundred characters '.repeat(5))],
    ['a text that begins with a line feed behind eight characters', Buffer.from('12345678\n1234567\n')],
    ['zeros', Buffer.alloc(100)],
    ['a block above two gigabytes', block(GOOD.subarray(8), 2 ** 31)],
    ['a pair larger than its block', block(Buffer.from([10, 0xff, 0x7f, 10, 1]))],
    ['a pair without a key', block(Buffer.from([10, 3, 0x12, 1, 1]))],
    ['a key larger than its pair', block(Buffer.from([10, 3, 10, 9, 1]))],
    ['an SQLite database', Buffer.from(`SQLite format 3\0${'\0'.repeat(84)}`)],
  ])('%s is none', (_what, bytes) => {
    expect(recogniseFlowg(bytes)).toBeUndefined();
  });
});
