import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutCount } from './datagram.js';
import { FrameSplitter, LONGEST_FRAME } from './frame-splitter.js';

/** Frames of a connection on which these chunks arrive, as text. */
function split(chunks: (string | Buffer)[]): { frames: string[]; oversized: number; lost: boolean } {
  let oversized = 0;
  const splitter = new FrameSplitter(() => oversized++);
  const frames = chunks.flatMap((chunk) => [...splitter.push(Buffer.from(chunk as string))]);
  const rest = splitter.end();
  if (rest) frames.push(rest);
  return { frames: frames.map(String), oversized, lost: splitter.isLost };
}

const MIXED: [what: string, stream: string, frames: string[]][] = [
  ['lines', '<1>a\n<2>bc\n<3>d\n', ['<1>a', '<2>bc', '<3>d']],
  ['a last line without end', '<1>a\n<2>b', ['<1>a', '<2>b']],
  ['ends as Windows has them', '<1>a\r\n<2>b\r\n', ['<1>a\r', '<2>b\r']],
  ['NUL instead of line feed', '<1>a\0<2>b\0', ['<1>a', '<2>b']],
  ['empty lines', '\n\n<1>a\n\n', ['', '', '<1>a', '']],
  ['counts', '4 <1>a5 <2>bc4 <3>d', ['<1>a', '<2>bc', '<3>d']],
  ['a count that spans line feeds and NUL', '7 <1>a\nb\0<2>c\n', ['<1>a\nb\0', '<2>c']],
  ['counts and lines in turn', '4 <1>a<2>b\n4 <3>c<4>d', ['<1>a', '<2>b', '<3>c', '<4>d']],
  ['a line feed after each counted frame', '4 <1>a\n4 <2>b\n', ['<1>a', '', '<2>b', '']],
  ['a count in bytes, not in characters', '9 <1>ä😀<2>b\n', ['<1>ä😀', '<2>b']],
  ['leading zeros', '004 <1>a<2>b', ['<1>a', '<2>b']],
  ['a count of zero', '0 <1>a\n', ['<1>a']],
  ['a counted frame that is cut off', '10 <1>a', ['<1>a']],
  ['nothing but a count', '10', ['10']],
  [
    'a line that begins with digits',
    '2026-10-11 text\n12345678901 text\n1x 2\n',
    ['2026-10-11 text', '12345678901 text', '1x 2'],
  ],
  ['a line that begins with a space', ' 4 <1>a\n', [' 4 <1>a']],
  ['nothing', '', []],
];

describe('frames', () => {
  it.each(MIXED)('%s', (_, stream, frames) => {
    expect(split([stream])).toEqual({ frames, oversized: 0, lost: false });
  });

  it.each(MIXED)('are the same wherever the chunks end: %s', (_, stream, frames) => {
    const bytes = Buffer.from(stream);
    for (let first = 0; first <= bytes.length; first++) {
      for (let second = first; second <= bytes.length; second++) {
        const chunks = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
        expect(split(chunks).frames).toEqual(frames);
      }
    }
    expect(split([...bytes].map((byte) => Buffer.from([byte]))).frames).toEqual(frames);
  });

  it('come out as they went in, in either framing and any chunks', () => {
    const line = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .map((text) => `<1>${text.replace(/[\n\0]/g, ' ')}`);
    const frame = fc.record({ line, counted: fc.boolean() });
    fc.assert(
      fc.property(fc.array(frame), fc.array(fc.integer({ min: 1, max: 30 })), (all, sizes) => {
        const stream = Buffer.from(
          all
            .map(({ line: text, counted }) => (counted ? `${Buffer.byteLength(text)} ${text}` : `${text}\n`))
            .join(''),
        );
        const chunks: Buffer[] = [];
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 7;
          chunks.push(stream.subarray(at, at + size));
          at += size;
        }
        expect(split(chunks).frames).toEqual(all.map(({ line: text }) => text));
      }),
    );
  });

  it('are handed out one by one, before the rest of the chunk is looked at', () => {
    const frames = new FrameSplitter(() => undefined).push(Buffer.from('<1>a\n<2>b\n'));
    expect(String(frames.next().value)).toBe('<1>a');
    expect(String(frames.next().value)).toBe('<2>b');
  });

  it('do not keep the chunk alive that they came in', () => {
    const [frame] = new FrameSplitter(() => undefined).push(
      Buffer.concat([Buffer.from('<1>a\n'), Buffer.alloc(65_536, 10)]),
    );
    expect(frame!.buffer.byteLength).toBeLessThan(65_536);
  });
});

describe('a frame of more than a mebibyte', () => {
  const long = 'x'.repeat(LONGEST_FRAME);
  const inPieces = (text: string) => text.match(/[^]{1,50000}/g)!;
  const LONG = `${LONGEST_FRAME} times x`;

  /** Frames with long runs told by their length, and the other two as they are. */
  function outcome(chunks: string[]): [frames: string[], oversized: number, lost: boolean] {
    const { frames, oversized, lost } = split(chunks);
    return [frames.map((text) => text.replace(/x{100,}/, (run) => `${run.length} times x`)), oversized, lost];
  }

  it.each([
    ['in one chunk', (text: string) => [text]],
    ['in many', inPieces],
  ])('that is a line is cut, and counted: %s', (_, chunks) => {
    expect(outcome(chunks(`${long}\n<1>a\n`))).toEqual([[LONG, '<1>a'], 0, false]);
    expect(outcome(chunks(`${long}y\n<1>a\n`))).toEqual([[LONG, '<1>a'], 1, false]);
    expect(outcome(chunks(`${long}${long}y\n<1>a\n`))).toEqual([[LONG, '<1>a'], 1, false]);
    expect(outcome(chunks(`${long}y`))).toEqual([[LONG], 1, false]);
  });

  it('that is counted ends it all', () => {
    expect(outcome(inPieces(`${LONGEST_FRAME} ${long}<1>a\n`))).toEqual([[LONG, '<1>a'], 0, false]);
    expect(outcome([`<1>a\n${LONGEST_FRAME + 1} ${long}y<1>b\n`])).toEqual([['<1>a'], 1, true]);
    expect(outcome(['9999999999 ', '<1>a\n'])).toEqual([[], 1, true]);
  });

  it('takes a time that grows with its length only, in the smallest chunks too', () => {
    const begin = performance.now();
    const chunks = Array.from({ length: LONGEST_FRAME / 4 }, () => 'xxxx');
    expect(outcome([...chunks, '\n', `${LONGEST_FRAME} `, ...chunks])).toEqual([[LONG, LONG], 0, false]);
    expect(performance.now() - begin).toBeLessThan(20_000);
  });
});

it.each([
  ['4 <1>a', '<1>a'],
  ['004 <1>a', '<1>a'],
  ['5 <1>a', '5 <1>a'],
  ['3 <1>a', '3 <1>a'],
  ['<1>a b', '<1>a b'],
  ['0 ', ''],
  ['4', '4'],
  ['', ''],
])('a datagram loses its count only if that is right: %j', (datagram, message) => {
  expect(String(withoutCount(Buffer.from(datagram)))).toBe(message);
});
