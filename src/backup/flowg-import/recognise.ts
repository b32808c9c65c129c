import { varintAt } from './badger/varint.js';

/** The two forms in which FlowG hands out its backups, as the answer of a restore calls them. */
export const FLOWG_FORMATS = {
  badger: 'flowg badger stream',
  archive: 'flowg config archive',
} as const;

export type FlowgForm = keyof typeof FLOWG_FORMATS;

/** Length of the first block, then tag and length of its first pair, then tag and length of that pair's key. */
const LENGTH_BYTES = 8;
/** `repeated KV kv = 1` and `bytes key = 1`: field 1, length-delimited. */
const FIRST_FIELD = 0x0a;
/** protobuf has no message above this. */
const MOST_BLOCK_BYTES = 2 ** 31 - 1;
/** Badger's own limit for a key. */
const MOST_KEY_BYTES = 65_000;

/**
 * Tells by the first bytes of a file (100 are plenty) whether it can be a backup of FlowG's own. Such a file has no
 * mark of its kind: a Badger stream is known by a first block that begins as one must, an archive by being gzip.
 * @returns undefined for anything else, a text above all.
 */
export function recogniseFlowg(firstBytes: Buffer): FlowgForm | undefined {
  if (firstBytes.subarray(0, 3).equals(Buffer.from([0x1f, 0x8b, 0x08]))) return 'archive';
  return beginsAsBadgerStream(firstBytes) ? 'badger' : undefined;
}

function beginsAsBadgerStream(bytes: Buffer): boolean {
  if (bytes.length < LENGTH_BYTES + 2) return false;
  const blockBytes = bytes.readBigUInt64LE(0);
  if (blockBytes === 0n || blockBytes > MOST_BLOCK_BYTES || bytes[LENGTH_BYTES] !== FIRST_FIELD) return false;
  const pair = varintAt(bytes, LENGTH_BYTES + 1);
  if (!pair || pair.value > Number(blockBytes) - (pair.end - LENGTH_BYTES)) return false;
  if (bytes[pair.end] !== FIRST_FIELD) return false;
  const key = varintAt(bytes, pair.end + 1);
  return key !== undefined && key.value > 0 && key.value <= Math.min(MOST_KEY_BYTES, pair.value);
}
