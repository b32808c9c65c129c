/** The checks in the order in which they run, cheapest first; `archive` is about what the files came in. */
export const FILE_CHECKS = [
  'archive',
  'header',
  'kind',
  'version',
  'size',
  'schema',
  'structure',
  'manifest',
  'references',
  'rows',
  'content',
] as const;

export type FileCheck = (typeof FILE_CHECKS)[number];

/** The first check that a file failed, and why, in words for the person who sent it. */
export class FileRefusal extends Error {
  constructor(
    readonly check: FileCheck,
    reason: string,
  ) {
    super(reason);
    this.name = 'FileRefusal';
  }
}

/** @param how in SQLite's words, or in such. */
export function damaged(how: string): FileRefusal {
  return new FileRefusal('structure', `the file is damaged: ${how.replace(/\s+/g, ' ').slice(0, 200)}`);
}
