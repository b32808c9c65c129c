import type { AddressInfo } from 'node:net';

/** Something that listens on a port and brings messages to the reception. */
export interface SyslogListener {
  readonly address: AddressInfo;
  /** Messages that the system has thrown away before they could be read. */
  kernelDrops(): number;
  /** Stops to listen. Resolves when every message that was received is in the queue. */
  close(): Promise<void>;
}
