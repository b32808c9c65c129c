import { FileRefusal } from '../../database/portable-file/file-refusal.js';

/** Everything in a tar begins at a multiple of this. Layout: POSIX `ustar`, as in pax(1). */
export const TAR_BLOCK_BYTES = 512;

/** Sizes from here on do not fit the eleven octal digits of the field and are written to base 256, as GNU tar does. */
const OCTAL_SIZE_LIMIT = 8 ** 11;

const SIZE = { offset: 124, length: 12 };
const CHECKSUM = { offset: 148, length: 8 };
const TYPE_OFFSET = 156;
const MAGIC_OFFSET = 257;
/** Name of a link's target; rest of a long name. Members of an archive have neither. */
const UNUSED = [
  { offset: 157, length: 100 },
  { offset: 345, length: 155 },
];

export interface TarMember {
  name: string;
  bytes: number;
}

/** The header of an ordinary file that only its owner may read. @param mtime whole seconds are kept. */
export function encodeTarHeader({ name, bytes }: TarMember, mtime: Date): Buffer {
  const block = Buffer.alloc(TAR_BLOCK_BYTES);
  block.write(name, 0, 100, 'latin1');
  block.write('0000600\0' + '0000000\0'.repeat(2), 100, 'latin1');
  writeSize(block, bytes);
  block.write(octal(Math.max(0, Math.floor(mtime.getTime() / 1000)), 12), 136, 'latin1');
  block.write('0', TYPE_OFFSET, 'latin1');
  block.write('ustar\x0000', MAGIC_OFFSET, 'latin1');
  block.write('0000000\0'.repeat(2), 329, 'latin1');
  block.write(`${octal(checksum(block), 7)} `, CHECKSUM.offset, 'latin1');
  return block;
}

/** Zeros that fill the last block of a member. */
export function paddingBytes(bytes: number): number {
  return (TAR_BLOCK_BYTES - (bytes % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES;
}

/** True when these first bytes of a file are the header of a tar's first member. */
export function isTarHeader(block: Buffer): boolean {
  return (
    block.length >= TAR_BLOCK_BYTES &&
    /^ustar[\0 ]$/.test(block.toString('latin1', MAGIC_OFFSET, MAGIC_OFFSET + 6)) &&
    octalValue(block, CHECKSUM) === checksum(block.subarray(0, TAR_BLOCK_BYTES))
  );
}

/**
 * Reads a header as strictly as it was written: whatever lets one tar be read in two ways is refused.
 * @throws FileRefusal with the check `archive`.
 */
export function decodeTarHeader(block: Buffer): TarMember {
  if (!isTarHeader(block)) throw new FileRefusal('archive', 'a header in the archive is damaged');
  const nameEnd = block.indexOf(0);
  const name = block.toString('latin1', 0, Math.min(nameEnd, 100));
  const ordinary = /^[0\0]$/.test(String.fromCharCode(block[TYPE_OFFSET]!));
  if (!ordinary || UNUSED.some((field) => !isZero(bytesOf(block, field)))) {
    throw new FileRefusal(
      'archive',
      `${JSON.stringify(name)} in the archive is not an ordinary file: links, folders, sparse files and extended ` +
        'headers are not accepted',
    );
  }
  const bytes = sizeOf(block);
  if (bytes === undefined)
    throw new FileRefusal('archive', `the size of ${JSON.stringify(name)} in the archive cannot be read`);
  return { name, bytes };
}

export function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}

interface Field {
  offset: number;
  length: number;
}

function bytesOf(block: Buffer, { offset, length }: Field): Buffer {
  return block.subarray(offset, offset + length);
}

/** Digits of base 8 and a NUL, `length` characters together. */
function octal(value: number, length: number): string {
  return `${value.toString(8).padStart(length - 1, '0')}\0`;
}

function octalValue(block: Buffer, field: Field): number | undefined {
  const digits = /^ *([0-7]+)[ \0]*$/.exec(bytesOf(block, field).toString('latin1'));
  return digits ? Number.parseInt(digits[1]!, 8) : undefined;
}

function writeSize(block: Buffer, bytes: number): void {
  if (bytes < OCTAL_SIZE_LIMIT) {
    block.write(octal(bytes, SIZE.length), SIZE.offset, 'latin1');
    return;
  }
  block[SIZE.offset] = 0x80;
  block.writeBigUInt64BE(BigInt(bytes), SIZE.offset + 4);
}

/** @returns undefined for what is no number, or one beyond all files. */
function sizeOf(block: Buffer): number | undefined {
  if (block[SIZE.offset] !== 0x80) return octalValue(block, SIZE);
  const high = block.subarray(SIZE.offset + 1, SIZE.offset + 4);
  const low = block.readBigUInt64BE(SIZE.offset + 4);
  return isZero(high) && low <= Number.MAX_SAFE_INTEGER ? Number(low) : undefined;
}

/** Sum of all bytes, those of the checksum itself counted as spaces. */
function checksum(block: Buffer): number {
  let sum = CHECKSUM.length * 32;
  for (const [index, byte] of block.entries()) {
    if (index < CHECKSUM.offset || index >= CHECKSUM.offset + CHECKSUM.length) sum += byte;
  }
  return sum;
}
