/** A number of protobuf's variable length and the place behind it. */
export interface Varint {
  /** Exact up to 2^53; larger ones are rounded. */
  value: number;
  end: number;
}

const MOST_BYTES = 10;

/** @returns undefined where no number ends within the bytes, or within the ten that one may have. */
export function varintAt(bytes: Buffer, start: number): Varint | undefined {
  let value = 0;
  let scale = 1;
  for (let place = start; place < Math.min(bytes.length, start + MOST_BYTES); place++) {
    const byte = bytes[place]!;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return { value, end: place + 1 };
    scale *= 128;
  }
  return undefined;
}
