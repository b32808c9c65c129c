/** A frame whose end has not arrived yet. Grows by doubling, so that a byte is copied a bounded number of times. */
export class PartialFrame {
  private buffer = Buffer.alloc(0);
  private used = 0;

  get length(): number {
    return this.used;
  }

  append(piece: Buffer): void {
    const length = this.used + piece.length;
    if (length > this.buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.buffer.length));
      this.buffer.copy(larger, 0, 0, this.used);
      this.buffer = larger;
    }
    piece.copy(this.buffer, this.used);
    this.used = length;
  }

  /** @returns the frame that ends with this piece: always a copy, which does not keep all that arrived with it alive. */
  finish(lastPiece: Buffer): Buffer {
    if (this.used === 0) return Buffer.from(lastPiece);
    this.append(lastPiece);
    const frame = this.buffer.subarray(0, this.used);
    this.buffer = Buffer.alloc(0);
    this.used = 0;
    return frame;
  }
}
