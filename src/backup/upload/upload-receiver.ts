import type { Readable } from 'node:stream';

/** Where the file of an upload goes. */
export interface UploadReceiver<Received> {
  /**
   * Takes the bytes of the file. Whatever it has put somewhere is gone when it throws.
   * @param signal ends the reception early, also after it has returned: then nobody takes what was received.
   */
  receive(stream: Readable, signal: AbortSignal): Promise<Received>;

  /** Removes what was received and will not be used. */
  remove(received: Received): Promise<void>;
}
