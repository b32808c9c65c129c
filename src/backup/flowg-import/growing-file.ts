/** Asking the system for its free space takes a while: not for every piece. */
const LOOK_EVERY_BYTES = 8 * 1024 * 1024;

/** For a file of which nobody knows how large it will be: looks at the disk again and again as it grows. */
export class GrowingFile {
  private unseenBytes = LOOK_EVERY_BYTES;

  /** @param requireRoom throws Problem INSUFFICIENT_STORAGE unless so many bytes fit. */
  constructor(private readonly requireRoom: (bytes: number) => Promise<void>) {}

  /** To be called before so many bytes are written. @throws Problem INSUFFICIENT_STORAGE when they would not fit. */
  async grow(bytes: number): Promise<void> {
    this.unseenBytes += bytes;
    if (this.unseenBytes < LOOK_EVERY_BYTES) return;
    this.unseenBytes = 0;
    await this.requireRoom(Math.max(bytes, LOOK_EVERY_BYTES));
  }
}
