import { describe, expect, it } from 'vitest';
import { parseRfc3164 } from './rfc3164.js';

const NOW = new Date('2026-11-24T15:32:27.650Z');
const RECEIVED = '2026-11-24 15:32:28 +0000 UTC';
const OCTOBER = '2026-10-11 22:14:15 +0000 UTC';

describe('after a time', () => {
  it.each([
    ['a name with a colon', 'mymachine su: text', 'mymachine', 'su', 'text'],
    ['a process id', 'h tag[296]: text', 'h', 'tag', 'text'],
    ['a process id without a colon', 'h tag[2] text', 'h', 'tag', 'text'],
    ['two brackets', 'h a[b][2]: text', 'h', 'a[b]', 'text'],
    ['a bracket that is not closed', 'h a[1 2]: text', 'h', 'a[1', '2]: text'],
    ['a bracket that was never opened', 'h a]: text', 'h', 'a]', 'text'],
    ["a kernel's clock", 'h [12.5] eth0: up', 'h', '', '[12.5] eth0: up'],
    ['a tag and nothing more', 'h tag[2]:', 'h', 'tag', ''],
    ['a name without a colon', 'h su failed: x', 'h', 'su', 'failed: x'],
    ['a single word', 'h word', 'h', '', 'word'],
    ['a single word with a process id', 'h word[1]', 'h', '', 'word[1]'],
    ['a hostname and nothing more', 'h', 'h', '', ''],
    ['a hostname and a space', 'h ', 'h', '', ''],
    ['nothing', '', '', '', ''],
    ['further colons', 'h app: a: b', 'h', 'app', 'a: b'],
    ['a colon within a word', 'h a:b c', 'h', 'a', 'b c'],
    ['a tag with a space', 'h my app: text', 'h', 'my', 'app: text'],
    ['a colon alone', 'h : text', 'h', '', 'text'],
    ['more than one space', ' h app:   a  b  ', 'h', 'app', 'a  b'],
    ['tabs', 'h app: \ta\t ', 'h', 'app', '\ta\t'],
    ['characters of several bytes', 'h ä: grüße 日本 😀', 'h', 'ä', 'grüße 日本 😀'],
  ])('%s', (_, text, hostname, tag, content) => {
    expect(parseRfc3164(`Oct 11 22:14:15 ${text}`, NOW)).toEqual({
      timestamp: OCTOBER,
      hostname,
      tag,
      content,
    });
  });
});

it('an RFC 3339 time is one too', () => {
  const message = parseRfc3164('2018-01-12T22:14:15.50-05:30 h app[1]: text', NOW);
  const timestamp = '2018-01-12 22:14:15.5 -0530 -0530';
  expect(message).toEqual({ timestamp, hostname: 'h', tag: 'app', content: 'text' });
});

it.each([
  'INFO     leaving (1) step postscripts',
  'Oct 34 22:14:15 h app: text',
  'Oct 11 22:14:15: %SYS-5: text',
  '',
])('without a valid time all is content: %j', (content) => {
  const message = { timestamp: RECEIVED, hostname: '', tag: '', content };
  expect(parseRfc3164(`  ${content} `, NOW)).toEqual(message);
});
