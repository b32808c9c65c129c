import { PartialFrame } from './partial-frame.js';

/** Bytes of the longest message. */
export const LONGEST_FRAME = 1024 * 1024;

const NUL = 0x00;
const LINE_FEED = 0x0a;
const SPACE = 0x20;
const ZERO = 0x30;
const NINE = 0x39;
/** A longer number is no count: it would be one of terabytes. */
const MOST_DIGITS = 10;

/**
 * Cuts what arrives on a connection into messages (RFC 6587): one that begins with a decimal number and a space has its
 * length told by it, any other ends with a line feed, or with the NUL that some senders put instead.
 */
export class FrameSplitter {
  private state: 'start' | 'line' | 'counted' | 'excess' | 'lost' = 'start';
  private readonly partial = new PartialFrame();
  private digits = '';
  /** Bytes that are missing of a counted frame. */
  private missing = 0;

  /** @param onOversized is called for each frame that is longer than `LONGEST_FRAME`. */
  constructor(private readonly onOversized: () => void) {}

  /** Whether a counted frame was too long: there is no telling where the next one begins. */
  get isLost(): boolean {
    return this.state === 'lost';
  }

  /** @returns the frames that end in this chunk, one by one as they are asked for; they may be empty. */
  *push(chunk: Buffer): Generator<Buffer, void> {
    let at = 0;
    while (at < chunk.length && !this.isLost) {
      if (this.state === 'start') at = this.begin(chunk, at);
      else if (this.state === 'counted') {
        const end = Math.min(at + this.missing, chunk.length);
        this.missing -= end - at;
        const frame = this.extend(chunk.subarray(at, end), this.missing === 0);
        at = end;
        if (frame) yield frame;
      } else {
        const end = endOfLine(chunk, at);
        const frame = this.extendLine(chunk.subarray(at, end), end < chunk.length);
        at = end + 1;
        if (frame) yield frame;
      }
    }
  }

  /** @returns what has come of a last frame without its end; undefined if there is nothing. */
  end(): Buffer | undefined {
    const rest = this.partial.finish(Buffer.from(this.digits));
    this.digits = '';
    return rest.length > 0 ? rest : undefined;
  }

  /** Reads up to where the kind of the frame is known. @returns the position of its text. */
  private begin(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (byte >= ZERO && byte <= NINE && this.digits.length < MOST_DIGITS) {
        this.digits += String.fromCharCode(byte);
      } else if (byte === SPACE && this.digits !== '') {
        this.beginCounted();
        return at + 1;
      } else {
        this.partial.append(Buffer.from(this.digits));
        this.digits = '';
        this.state = 'line';
        return at;
      }
    }
    return chunk.length;
  }

  private beginCounted(): void {
    this.missing = Number(this.digits);
    this.digits = '';
    this.state = this.missing === 0 ? 'start' : 'counted';
    if (this.missing <= LONGEST_FRAME) return;
    this.state = 'lost';
    this.onOversized();
  }

  /** @returns the frame if this piece is the last of it. */
  private extend(piece: Buffer, isLast: boolean): Buffer | undefined {
    if (isLast) {
      this.state = 'start';
      return this.partial.finish(piece);
    }
    this.partial.append(piece);
    return undefined;
  }

  /** The same for a line, which is cut at the limit: what is beyond it is passed over. */
  private extendLine(piece: Buffer, isLast: boolean): Buffer | undefined {
    if (this.state === 'excess') {
      if (isLast) this.state = 'start';
      return undefined;
    }
    const room = LONGEST_FRAME - this.partial.length;
    if (piece.length <= room) return this.extend(piece, isLast);
    this.onOversized();
    const frame = this.partial.finish(piece.subarray(0, room));
    this.state = isLast ? 'start' : 'excess';
    return frame;
  }
}

function endOfLine(chunk: Buffer, from: number): number {
  let at = from;
  while (at < chunk.length && chunk[at] !== LINE_FEED && chunk[at] !== NUL) at++;
  return at;
}
