import { describe, expect, it } from 'vitest';
import { parseSyslogMessage } from './parse-message.js';

const NOW = new Date('2026-11-24T15:32:27.650Z');
const SENDER = { client: '192.0.2.7:40000', tlsPeer: '' };
const FROM = { client: '192.0.2.7:40000', tls_peer: '' };
/** What a message without a time, and without a host, has instead. */
const RECEIVED = { timestamp: '2026-11-24 15:32:28 +0000 UTC', hostname: '192.0.2.7' };

function parse(line: string, sender = SENDER): Record<string, string> {
  return parseSyslogMessage(Buffer.from(line), sender, NOW);
}

/** What everything becomes that is no syslog. */
function plain(content: string): Record<string, string> {
  return { ...RECEIVED, tag: '', content, priority: '13', facility: '1', severity: '5', ...FROM };
}

describe('the examples of RFC 3164, section 5.4', () => {
  it.each([
    [
      "<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8",
      { timestamp: '2026-10-11 22:14:15 +0000 UTC', hostname: 'mymachine' },
      { tag: 'su', content: "'su root' failed for lonvick on /dev/pts/8" },
      { priority: '34', facility: '4', severity: '2' },
    ],
    [
      'Use the BFG!',
      RECEIVED,
      { tag: '', content: 'Use the BFG!' },
      { priority: '13', facility: '1', severity: '5' },
    ],
    [
      "<165>Aug 24 05:34:00 CST 1987 mymachine myproc[10]: %% It's time to make the do-nuts.",
      { timestamp: '2026-08-24 05:34:00 +0000 UTC', hostname: 'CST' },
      { tag: '1987', content: "mymachine myproc[10]: %% It's time to make the do-nuts." },
      { priority: '165', facility: '20', severity: '5' },
    ],
    [
      '<0>1990 Oct 22 10:52:01 TZ-6 scapegoat.dmz.example.org 10.1.2.3 sched[0]: That is All Folks!',
      RECEIVED,
      {
        tag: '',
        content: '1990 Oct 22 10:52:01 TZ-6 scapegoat.dmz.example.org 10.1.2.3 sched[0]: That is All Folks!',
      },
      { priority: '0', facility: '0', severity: '0' },
    ],
  ])('%s', (line, header, message, priority) => {
    expect(parse(line)).toEqual({ ...header, ...message, ...priority, ...FROM });
  });
});

describe('the examples of RFC 5424, section 6.5', () => {
  const LOCAL4 = { priority: '165', facility: '20', severity: '5', version: '1' };
  const EVENT = { hostname: 'mymachine.example.com', app_name: 'evntslog', proc_id: '-', msg_id: 'ID47' };
  const SD = '[exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"]';
  const timestamp = '2003-10-11 22:14:15.003 +0000 UTC';

  it.each([
    [
      "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \uFEFF'su root' failed for lonvick",
      { ...EVENT, timestamp, app_name: 'su', priority: '34', facility: '4', severity: '2', version: '1' },
      { structured_data: '-', message: "'su root' failed for lonvick" },
    ],
    [
      "<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the do-nuts.",
      { ...LOCAL4, hostname: '192.0.2.1', app_name: 'myproc', proc_id: '8710', msg_id: '-' },
      {
        timestamp: '2003-08-24 05:14:15.000003 -0700 -0700',
        structured_data: '-',
        message: "%% It's time to make the do-nuts.",
      },
    ],
    [
      `<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 ${SD} \uFEFFAn application event`,
      { ...LOCAL4, ...EVENT, timestamp },
      { structured_data: SD, message: 'An application event' },
    ],
    [
      `<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 ${SD}[examplePriority@32473 class="high"]`,
      { ...LOCAL4, ...EVENT, timestamp },
      { structured_data: `${SD}[examplePriority@32473 class="high"]`, message: '' },
    ],
  ])('%s', (line, header, body) => {
    expect(parse(line)).toEqual({ ...header, ...body, ...FROM });
  });
});

describe('what is no syslog is kept as it is', () => {
  it.each([
    'hello world',
    '<>x',
    '<1234>x',
    '<1a>x',
    '<-1>x',
    '<34',
    '',
    '{"a":1}',
    'Oct 11 22:14:15 h app: x',
  ])('%s', (line) => {
    expect(parse(line)).toEqual(plain(line));
    expect(parse(`  ${line} `)).toEqual(plain(line));
  });

  it.each(['<34>1 now h a p m - text', '<34>1 2003-10-11T22:14:15Z h a p m text', '<34>1 -'])(
    'and so is malformed RFC 5424: %s',
    (line) => {
      expect(parse(line)).toEqual(plain(line));
    },
  );
});

describe('the priority and what follows it', () => {
  it.each([
    ['<0>x', '0', '0', '0'],
    ['<007>x', '7', '0', '7'],
    ['<13>x', '13', '1', '5'],
    ['<191>x', '191', '23', '7'],
    ['<999>x', '999', '124', '7'],
  ])('%s', (line, priority, facility, severity) => {
    expect(parse(line)).toEqual({ ...plain('x'), priority, facility, severity });
    expect(parse(line.replace('x', '2 - - - - - - x'))).toMatchObject({
      priority,
      facility,
      severity,
      version: '2',
    });
  });

  it.each(['1', '1x', '10 x', 'a x', '1\tx'])('is no version: %j', (content) => {
    expect(parse(`<13>${content}`)).toEqual(plain(content));
  });
});

describe('every message', () => {
  it('shows its client, whose address stands for a host in RFC 3164', () => {
    const sender = { client: '[2001:db8::1]:514', tlsPeer: 'client one' };
    const shown = { client: '[2001:db8::1]:514', tls_peer: 'client one' };
    expect(parse('text', sender)).toMatchObject({ ...shown, hostname: '2001:db8::1' });
    expect(parse('<34>Oct 11 22:14:15', sender)).toMatchObject({ ...shown, hostname: '2001:db8::1' });
    expect(parse('<34>1 - - - - - -', sender)).toMatchObject({ ...shown, hostname: '-' });
  });

  it('loses the control characters at its end, and no others', () => {
    expect(parse('<34>a\0b\tc\nd\r\n\0').content).toBe('a\0b\tc\nd');
    expect(parse('<34>1 - - - - - - a\nb\x1b\n').message).toBe('a\nb');
    expect(parse('a\n').content).toBe('a');
    expect(parse('<34>1 - - - - - - a \n').message).toBe('a ');
  });

  it('has U+FFFD for bytes that are not UTF-8', () => {
    const bytes = Buffer.from([0x3c, 0x31, 0x3e, 0x61, 0xff, 0xe2, 0x82, 0x62]);
    expect(parseSyslogMessage(bytes, SENDER, NOW).content).toBe('a\uFFFD\uFFFDb');
  });
});
