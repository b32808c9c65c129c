import { hostname, userInfo } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasProgram } from '../support/programs.js';
import { type SyslogRecord, SyslogHarness } from './syslog-harness.js';

const [HOST = ''] = hostname().split('.');
const TEXT = 'grüße: 日本 😀 [x] "y"';
const LONG = 'long '.repeat(2000).trim();

/** The newest year-less or complete time: within a minute of now. */
function expectRecent(timestamp: string): void {
  const moment = Date.parse(timestamp.replace(' ', 'T').replace(/ \+0000 UTC$/, 'Z'));
  expect(Math.abs(moment - Date.now())).toBeLessThan(60_000);
}

// `logger` writes local time without saying so in RFC 3164; here it is to be comparable.
process.env.TZ = 'UTC';

describe.skipIf(!hasProgram('logger')).each(['udp', 'tcp'])('logger over %s', (protocol) => {
  let harness: SyslogHarness;
  const transport = protocol === 'udp' ? '-d' : '-T';
  beforeAll(async () => {
    harness = await SyslogHarness.start({ FLOWG_SYSLOG_PROTOCOL: protocol });
  });
  afterAll(() => harness.stop());

  async function logged(...options: string[]): Promise<SyslogRecord> {
    const count = harness.sink.records.length;
    await harness.logger([transport, ...options]);
    return (await harness.sink.waitFor(count + 1))[count]!;
  }

  it.each([[[]], [['--octet-count']]])('--rfc3164 %j', async (counting) => {
    const record = await logged('--rfc3164', '-t', 'app', '-p', 'local0.err', ...counting, '--', TEXT);
    const { timestamp, client, ...rest } = record;
    expect(rest).toEqual({
      hostname: HOST,
      tag: 'app',
      content: TEXT,
      priority: '131',
      facility: '16',
      severity: '3',
      tls_peer: '',
    });
    expect(timestamp).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC$/);
    expectRecent(timestamp!);
    expect(client).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it('--rfc3164 with a process id', async () => {
    expect(await logged('--rfc3164', '--id=4711', '-t', 'app', TEXT)).toMatchObject({
      tag: 'app',
      content: TEXT,
    });
  });

  it.each([[[]], [['--octet-count']]])('--rfc5424 %j', async (counting) => {
    const sd = ['--msgid', 'ID47', '--sd-id', 'zoo@123', '--sd-param', String.raw`tiger="a \] \" \\ b"`];
    const record = await logged('--rfc5424', '-t', 'app', '--id=4711', ...sd, ...counting, '--', TEXT);
    const { timestamp, client, structured_data, ...rest } = record;
    expect(rest).toEqual({
      hostname: HOST,
      app_name: 'app',
      proc_id: '4711',
      msg_id: 'ID47',
      message: TEXT,
      priority: '13',
      facility: '1',
      severity: '5',
      version: '1',
      tls_peer: '',
    });
    expect(structured_data).toMatch(
      /^(\[timeQuality tzKnown="1" isSynced="[01]"[^\]]*\])?\[zoo@123 tiger="a \\\] \\" \\\\ b"\](\[timeQuality .*\])?$/,
    );
    expect(timestamp).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})? \+0000 UTC$/);
    expectRecent(timestamp!);
    expect(client).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it('--rfc5424 without time, time quality or host', async () => {
    const nothing = await logged('--rfc5424=notime,nohost', TEXT);
    expect(nothing).toMatchObject({
      timestamp: '0001-01-01 00:00:00 +0000 UTC',
      hostname: '-',
      message: TEXT,
    });
    expect(nothing).toMatchObject({ structured_data: '-', proc_id: '-', app_name: userInfo().username });
    const quality = await logged('--rfc5424', TEXT);
    expect(quality.structured_data).toMatch(/^\[timeQuality tzKnown="1" isSynced="[01]".*\]$/);
  });

  it('a long message', async () => {
    const record = await logged('--rfc3164', '--size', '20000', '-t', 'app', '--', LONG);
    expect(record).toMatchObject({ tag: 'app', content: LONG });
  });

  it('many lines of standard input', async () => {
    const count = harness.sink.records.length;
    const input = Array.from({ length: 300 }, (_, n) => `line ${n}`);
    await harness.logger([transport, '--rfc5424', '--octet-count'], input.join('\n'));
    const records = await harness.sink.waitFor(count + 300);
    expect(records.slice(count).map(({ message }) => message)).toEqual(input);
  });
});
