import { isDiskFull } from '../../../database/disk-space.js';
import { type DestinationFault, DestinationError } from '../destination.js';
import { full } from '../faults.js';

interface Meaning {
  fault: DestinationFault;
  /** What is said behind the name of the destination. */
  words: string;
  retriable?: boolean;
}

const DENIED = 'lets the server not in: give it the right to read and write there';
const GONE = 'does not answer as a file system should: see whether it is still mounted';

const MEANINGS: Record<string, Meaning> = {
  ENOENT: {
    fault: 'unreachable',
    words: 'has no folder any more: mount it, or make the folder; the server does not make it',
    retriable: true,
  },
  ENOTDIR: { fault: 'misconfigured', words: 'is no folder: name one in FLOWG_BACKUP_DESTINATIONS' },
  ELOOP: { fault: 'misconfigured', words: 'has a link in place of the file: remove the link' },
  EISDIR: { fault: 'misconfigured', words: 'has a folder in place of the file: remove that folder' },
  EACCES: { fault: 'denied', words: DENIED },
  EPERM: { fault: 'denied', words: DENIED },
  EROFS: { fault: 'denied', words: 'is read-only: mount it so that the server can write' },
  EIO: { fault: 'unreachable', words: GONE, retriable: true },
  ESTALE: { fault: 'unreachable', words: GONE, retriable: true },
  ENODEV: { fault: 'unreachable', words: GONE, retriable: true },
  ENXIO: { fault: 'unreachable', words: GONE, retriable: true },
  ENOTCONN: { fault: 'unreachable', words: GONE, retriable: true },
  ETIMEDOUT: { fault: 'unreachable', words: GONE, retriable: true },
};

/** What an error of the file system means to an operator. What is none of the file system's stays as it is. */
export function folderFault(destination: string, error: unknown): Error {
  if (error instanceof DestinationError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (isDiskFull(error)) return full(destination, error);
  if (typeof code !== 'string' || !/^E[A-Z]+$/.test(code)) return error as Error;
  const meaning = MEANINGS[code] ?? {
    fault: 'unreachable',
    words: `failed with ${code}: the server's log has more`,
    retriable: true,
  };
  const text = `the destination "${destination}" ${meaning.words}`;
  return new DestinationError(meaning.fault, text, meaning.retriable ?? false, { cause: error });
}
