import { describe, expect, it } from 'vitest';
import { parseRfc5424 } from './rfc5424.js';

const TIME = '2003-10-11T22:14:15.003Z';
const TIMESTAMP = '2003-10-11 22:14:15.003 +0000 UTC';
const QUOTED = String.raw`[x@1 a="1 \] ] b" c="\"\\"][y]`;

describe('structured data and message', () => {
  it.each([
    ['nil and text', '- text', '-', 'text'],
    ['nil alone', '-', '-', ''],
    ['nothing', '', '-', ''],
    ['an element', '[x@1 a="1" b=""] text', '[x@1 a="1" b=""]', 'text'],
    ['elements and no text', '[x@1 a="1"][y@1]', '[x@1 a="1"][y@1]', ''],
    ['brackets and quotes in values', `${QUOTED} text ] "x"`, QUOTED, 'text ] "x"'],
    ['text that looks like an element', '[x] [y] text', '[x]', '[y] text'],
    ['a backslash that escapes nothing', String.raw`[x a="\n\\"] text`, String.raw`[x a="\n\\"]`, 'text'],
    ['a space where the grammar has none', '[x a= "1"] text', '[x a= "1"]', 'text'],
    ['spaces around the text', '-   x  ', '-', '  x  '],
    ['a byte order mark', '- \uFEFFtext', '-', 'text'],
    ['a byte order mark that is text', '- \uFEFF\uFEFFa\uFEFF', '-', '\uFEFFa\uFEFF'],
    ['characters of several bytes', '[ä é="日本 😀"] grüße', '[ä é="日本 😀"]', 'grüße'],
  ])('%s', (_, body, structuredData, message) => {
    const header = { timestamp: TIMESTAMP, hostname: 'h', appName: 'a', procId: 'p', msgId: 'm' };
    expect(parseRfc5424(`${TIME} h a p m ${body}`)).toEqual({ ...header, structuredData, message });
  });
});

describe('the header', () => {
  it('may be nil throughout, and end the message', () => {
    const timestamp = '0001-01-01 00:00:00 +0000 UTC';
    const nil = {
      timestamp,
      hostname: '-',
      appName: '-',
      procId: '-',
      msgId: '-',
      structuredData: '-',
      message: '',
    };
    expect(parseRfc5424('- - - - -')).toEqual(nil);
  });

  it('may have words longer than the RFC wants them', () => {
    const [host, app] = ['h'.repeat(300), 'a'.repeat(100)];
    expect(parseRfc5424(`- ${host} ${app} p m - x`)).toMatchObject({
      hostname: host,
      appName: app,
      message: 'x',
    });
  });
});

it.each([
  ['no time', 'now h a p m - text'],
  ['a day that is none', '2003-02-30T22:14:15Z h a p m - text'],
  ['too few words', `${TIME} h a p`],
  ['an empty word', `${TIME}  a p m - text`],
  ['text instead of structured data', `${TIME} h a p m text`],
  ['structured data without end', `${TIME} h a p m [x a="1] text`],
  ['structured data without a name', `${TIME} h a p m [] text`],
  ['a second element without end', `${TIME} h a p m [x][y text`],
  ['no space after structured data', `${TIME} h a p m [x]text`],
  ['no space after nil', `${TIME} h a p m -text`],
  ['nothing', ''],
])('is malformed: %s', (_, text) => {
  expect(parseRfc5424(text)).toBeUndefined();
});
