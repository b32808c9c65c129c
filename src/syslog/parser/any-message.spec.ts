import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseSyslogMessage } from './parse-message.js';

const NOW = new Date('2026-11-24T15:32:27.650Z');
const SENDER = { client: '192.0.2.7:40000', tlsPeer: '' };
const parse = (line: string) => parseSyslogMessage(Buffer.from(line), SENDER, NOW);

const NAMES_3164 = Object.keys(parse('')).toSorted();
const NAMES_5424 = Object.keys(parse('<1>1 - - - - -')).toSorted();
const PIECES = ['<', '34', '>', '1', ' ', '-', '[', ']', '"', '\\', '=', ':', 'x', '\uFEFF', '\n', '😀'];
const LARGER = ['Oct 11 22:14:15', 'Feb 29 00:00:00', '2003-10-11T22:14:15.003Z', '<34>', '<165>1 '];
const PRINTED_TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,9})? ([+-]\d{4}) (UTC|\2)$/;

const bytes = fc.uint8Array({ maxLength: 200 }).map((values) => Buffer.from(values));
const resembling = fc
  .array(fc.constantFrom(...PIECES, ...LARGER), { maxLength: 40 })
  .map((pieces) => Buffer.from(pieces.join('')));

it.each([
  ['bytes', bytes],
  ['what resembles syslog', resembling],
])('has all fields of one of the formats, as strings: %s', (_, lines) => {
  fc.assert(
    fc.property(lines, (line) => {
      const record = parseSyslogMessage(line, SENDER, NOW);
      expect([NAMES_3164, NAMES_5424]).toContainEqual(Object.keys(record).toSorted());
      for (const value of Object.values(record)) expect(typeof value).toBe('string');
      expect(record.timestamp).toMatch(PRINTED_TIME);
    }),
    { numRuns: 5000 },
  );
});

it('comes out as it went in, if it is well-formed RFC 5424', () => {
  const word = fc.stringMatching(/^[!-~]{1,40}$/);
  const name = fc.stringMatching(/^[!#-<>-Z^-~]{1,20}$/);
  const text = fc.string({ unit: 'grapheme' });
  const parameter = fc
    .tuple(name, text)
    .map(([key, value]) => ` ${key}="${value.replace(/["\\\]]/g, String.raw`\$&`)}"`);
  const element = fc.tuple(name, fc.array(parameter)).map(([id, all]) => `[${id}${all.join('')}]`);
  const elements = fc.array(element).map((all) => all.join('') || '-');
  const message = text.map((value) => `${value}.`);

  fc.assert(
    fc.property(
      fc.nat(191),
      fc.array(word, { minLength: 4, maxLength: 4 }),
      elements,
      message,
      (priority, words, sd, body) => {
        const record = parse(`<${priority}>1 2003-10-11T22:14:15.003Z ${words.join(' ')} ${sd} ${body}`);
        const { hostname, app_name, proc_id, msg_id } = record;
        expect([hostname, app_name, proc_id, msg_id]).toEqual(words);
        expect(record).toMatchObject({ structured_data: sd, message: body.replace(/^\uFEFF/, '') });
        expect(Number(record.facility) * 8 + Number(record.severity)).toBe(priority);
      },
    ),
  );
});

it('takes a time that grows with its length only', () => {
  const MEBIBYTE = 1024 * 1024;
  const begin = performance.now();
  for (const filler of [' ', '[', ']', '"', '\\', ':', 'a', '0', '<']) {
    const long = filler.repeat(MEBIBYTE);
    for (const start of ['', '<34>', '<34>Oct 11 22:14:15 h ', '<34>1 ', '<34>1 - - - - - [x a="']) {
      parse(start + long);
      parse(`${start}${long}x${long}x`);
    }
  }
  expect(performance.now() - begin).toBeLessThan(10_000);
});
