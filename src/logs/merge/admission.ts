import { ENTRY_OVERHEAD_BYTES } from '../entries/entry-size.js';

/** What decides, in the live stream, what may come into it. */
export interface LiveRoom {
  /** What has this time, or an older one, is hidden or was removed because the stream was too large; -1 where nothing is. */
  floorMs: number;
  /** Bytes until the stream reaches its size; Infinity without a limit. */
  roomBytes: number;
}

/**
 * Who comes in. A limited stream is filled up, with the newest ones, and no further: more would hide what is there. Asked
 * in the order of storing, and the same ones are left out when it is asked again.
 */
export class Admission {
  admitted = 0;
  /** So much has to stay out, beginning with the oldest. */
  private excessBytes: number;

  /** @param missingBytes of all that is going to be asked for, `entries` in number. */
  constructor(
    private readonly room: LiveRoom,
    missingBytes: number,
    entries: number,
  ) {
    this.excessBytes = missingBytes + entries * ENTRY_OVERHEAD_BYTES - room.roomBytes;
  }

  admits({ timestampMs, fields }: { timestampMs: number; fields: string }): boolean {
    const bytes = Buffer.byteLength(fields) + ENTRY_OVERHEAD_BYTES;
    if (timestampMs > this.room.floorMs && this.excessBytes <= 0) {
      this.admitted++;
      return true;
    }
    this.excessBytes -= bytes;
    return false;
  }
}
