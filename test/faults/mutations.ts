/** Numbers that only look random: the same ones in each run. */
export class Random {
  constructor(private state: number) {}

  /** @returns a whole number from 0 to below `bound`. */
  below(bound: number): number {
    this.state = (this.state * 1103515245 + 12345) % 2 ** 31;
    return Math.floor((this.state / 2 ** 31) * bound);
  }
}

type Mutation = (bytes: Buffer, random: Random) => Buffer;

const pageOf = (bytes: Buffer) => (bytes.readUInt16BE(16) === 1 ? 65536 : bytes.readUInt16BE(16)) || 4096;

function flip(bytes: Buffer, offset: number, random: Random): void {
  bytes[offset % bytes.length]! ^= 1 << random.below(8);
}

function eachAFewTimes(random: Random, change: () => void): void {
  for (let count = 1 + random.below(4); count > 0; count--) change();
}

/** What may happen to the bytes of a file, from a bit to whole pages. Each gets a copy that it may change. */
export const MUTATIONS: Record<string, Mutation> = {
  bits(bytes, random) {
    eachAFewTimes(random, () => flip(bytes, random.below(bytes.length), random));
    return bytes;
  },
  header(bytes, random) {
    eachAFewTimes(random, () => (bytes[random.below(100)] = random.below(256)));
    return bytes;
  },
  'heads of pages'(bytes, random) {
    const size = pageOf(bytes);
    eachAFewTimes(random, () =>
      flip(bytes, random.below(bytes.length / size) * size + random.below(60), random),
    );
    return bytes;
  },
  'a page for another'(bytes, random) {
    const size = pageOf(bytes);
    const [from, to] = [random.below(bytes.length / size), random.below(bytes.length / size)];
    bytes.copy(bytes, to * size, from * size, (from + 1) * size);
    return bytes;
  },
  'an empty page'(bytes, random) {
    const size = pageOf(bytes);
    const page = random.below(bytes.length / size);
    return bytes.fill(random.below(2) * 0xff, page * size + (page === 0 ? 100 : 0), (page + 1) * size);
  },
  'a run of bytes'(bytes, random) {
    const at = 100 + random.below(bytes.length - 100);
    for (let offset = at; offset < Math.min(at + 64, bytes.length); offset++)
      bytes[offset] = random.below(256);
    return bytes;
  },
  'the number of pages'(bytes, random) {
    bytes.writeUInt32BE([0, 1, bytes.readUInt32BE(28) + 1, 0x10_00_00, 0xff_ff_ff_fe][random.below(5)]!, 28);
    return bytes;
  },
  cut: (bytes, random) => bytes.subarray(0, random.below(bytes.length)),
  'cut, and the header agrees'(bytes, random) {
    const size = pageOf(bytes);
    const pages = 1 + random.below(bytes.length / size - 1);
    bytes.writeUInt32BE(pages, 28);
    return bytes.subarray(0, pages * size);
  },
  'longer, and the header agrees'(bytes, random) {
    const size = pageOf(bytes);
    const more = 1 + random.below(3);
    bytes.writeUInt32BE(bytes.length / size + more, 28);
    return Buffer.concat([bytes, Buffer.alloc(more * size, random.below(256))]);
  },
};
