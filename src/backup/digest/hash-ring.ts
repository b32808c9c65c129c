const SLOTS = 16;
const SLOT_BYTES = 256 * 1024;
/** Where the counters stand; behind them, how many bytes are in each slot. */
const PUT = 0;
const TAKEN = 1;
const LENGTHS = 2;
/** In the place of a length: nothing comes any more. */
const END = -1;

/**
 * Bytes on their way from one thread to another, through memory that both see: no message for each chunk, which would
 * cost both event loops more than the copy does.
 */
export class HashRing {
  private readonly control: Int32Array;
  private readonly bytes: Uint8Array;
  private abandoned?: Error;

  /** @param memory of the ring that the other thread made. */
  constructor(readonly memory = new SharedArrayBuffer((LENGTHS + SLOTS) * 4 + SLOTS * SLOT_BYTES)) {
    this.control = new Int32Array(memory, 0, LENGTHS + SLOTS);
    this.bytes = new Uint8Array(memory, (LENGTHS + SLOTS) * 4);
  }

  /** Of the one that puts. Resolves once all is copied, which is when there is room for it. @throws Error of `abandon`. */
  async put(chunk: Uint8Array): Promise<void> {
    for (let from = 0; from < chunk.length; from += SLOT_BYTES) {
      const part = chunk.subarray(from, from + SLOT_BYTES);
      const put = await this.room();
      this.bytes.set(part, (put % SLOTS) * SLOT_BYTES);
      this.announce(put, part.length);
    }
  }

  /** Of the one that puts: the other one gets `undefined` after what is in the ring. */
  async end(): Promise<void> {
    this.announce(await this.room(), END);
  }

  /** Nobody takes any more: whoever waits for room, or puts something later, is told why. */
  abandon(reason: Error): void {
    this.abandoned = reason;
    Atomics.notify(this.control, TAKEN);
  }

  /** Of the one that takes: waits, with its thread, for the next part, which is its own until `release`. */
  take(): Uint8Array | undefined {
    const taken = this.control[TAKEN]!;
    while (Atomics.load(this.control, PUT) === taken) Atomics.wait(this.control, PUT, taken);
    const length = this.control[LENGTHS + (taken % SLOTS)]!;
    if (length === END) return undefined;
    const start = (taken % SLOTS) * SLOT_BYTES;
    return this.bytes.subarray(start, start + length);
  }

  release(): void {
    Atomics.add(this.control, TAKEN, 1);
    Atomics.notify(this.control, TAKEN);
  }

  private async room(): Promise<number> {
    for (;;) {
      if (this.abandoned) throw this.abandoned;
      const put = this.control[PUT]!;
      const taken = Atomics.load(this.control, TAKEN);
      if (put - taken < SLOTS) return put;
      await Atomics.waitAsync(this.control, TAKEN, taken).value;
    }
  }

  private announce(put: number, length: number): void {
    this.control[LENGTHS + (put % SLOTS)] = length;
    Atomics.store(this.control, PUT, put + 1);
    Atomics.notify(this.control, PUT);
  }
}
