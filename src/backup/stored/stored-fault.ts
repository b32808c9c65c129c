/**
 * `missing`: it is not there any more. `stored`: other bytes lie there than were written. `packing`: it cannot be unpacked.
 * `content`: what comes out is not the backup that went in.
 */
export type StoredCheck = 'missing' | 'stored' | 'packing' | 'content';

/** A stored copy is not what it should be. The message is public. */
export class StoredFault extends Error {
  constructor(
    readonly check: StoredCheck,
    message: string,
  ) {
    super(message);
    this.name = 'StoredFault';
  }
}
