import { requireSpace } from '../../database/disk-space.js';

/** Asking the system for its free space takes a while: not for every piece. */
const LOOK_EVERY_BYTES = 8 * 1024 * 1024;

/** For a file of which nobody knows how large it will be: looks at the disk again and again as it grows. */
export class GrowingFile {
  private unseenBytes = LOOK_EVERY_BYTES;

  /** @param reserveBytes what is to be left free. */
  constructor(
    private readonly folder: string,
    private readonly reserveBytes: number,
  ) {}

  /** To be called before so many bytes are written. @throws Problem INSUFFICIENT_STORAGE when they would not fit. */
  async grow(bytes: number): Promise<void> {
    this.unseenBytes += bytes;
    if (this.unseenBytes < LOOK_EVERY_BYTES) return;
    this.unseenBytes = 0;
    await requireSpace(this.folder, Math.max(bytes, LOOK_EVERY_BYTES), this.reserveBytes);
  }
}
