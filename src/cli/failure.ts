/**
 * How the command ends. 0: done. 1: the server or the check of the file said no. 2: wrong usage. 3: the server was not
 * reached or broke off, so that it makes sense to try again. 4: trouble with a file of this machine.
 */
export const EXIT = { done: 0, refused: 1, usage: 2, unreachable: 3, local: 4 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends the command with one line on stderr. */
export class Failure extends Error {
  constructor(
    readonly exitCode: ExitCode,
    message: string,
    /** What the server answered, for `--json`. */
    readonly answer?: unknown,
  ) {
    super(message);
    this.name = 'Failure';
  }
}

/** What the system says of a file, in words that tell which file. */
export function fileTrouble(path: string, error: unknown): Failure {
  const { code, message } = error as NodeJS.ErrnoException;
  const words: Record<string, string> = {
    ENOENT: 'there is no such file or folder',
    EACCES: 'permission denied',
    EISDIR: 'this is a folder, not a file',
    ENOSPC: 'the disk is full: free some space and try again',
    EDQUOT: 'your share of the disk is full: free some space and try again',
    EFBIG: 'the file grew larger than this system allows',
    EROFS: 'the file system can only be read',
  };
  return new Failure(EXIT.local, `${path}: ${words[code ?? ''] ?? message}`);
}
