/** What a comparison of entries has in memory at a time, which does not depend on how many entries there are. */
export interface WalkSizes {
  /** Entries of one side that are looked at together; more only where one millisecond has more. */
  windowEntries: number;
  /** Bytes of fields that are compared as one text. */
  textBytes: number;
  /** Rows, and bytes of fields, that are read at once where entries are looked at one by one. */
  pageRows: number;
  pageBytes: number;
  /** Entries of a window that are remembered at a time. */
  rememberedEntries: number;
}

const MEBIBYTE = 1024 * 1024;

export const WALK_SIZES: WalkSizes = {
  windowEntries: 5000,
  textBytes: 4 * MEBIBYTE,
  pageRows: 1000,
  pageBytes: MEBIBYTE,
  rememberedEntries: 50_000,
};

export interface WalkOptions {
  sizes: WalkSizes;
  /** Says that nobody waits for the answer any more. */
  signal?: AbortSignal;
}
