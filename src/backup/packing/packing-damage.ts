/** A stored copy is not what was packed. The message is public. */
export class PackingDamage extends Error {}

/** zlib's codes for what it cannot read; all else that it may say is of this machine. */
const DATA_CODES: Record<string, string> = {
  Z_DATA_ERROR: 'the compressed data is damaged',
  Z_BUF_ERROR: 'the compressed data ends in the middle',
  Z_NEED_DICT: 'the compressed data is damaged',
};

/** @returns what an error says of the stored copy, as public text; undefined when it says nothing of it. */
export function packingDamage(error: unknown): string | undefined {
  if (error instanceof PackingDamage) return error.message;
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string') return undefined;
  return DATA_CODES[code] ?? (code.startsWith('ZSTD_error_') ? DATA_CODES.Z_DATA_ERROR : undefined);
}
