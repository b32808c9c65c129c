import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flowOf, router, source } from '../pipelines/pipeline-client.js';
import { ALWAYS } from '../logs/logs-client.js';
import { Api, PATIENCE } from './api.js';
import { matching } from './expectation.js';

/** Section 4, "Syslog server": one datagram, the fields that it becomes. */

const api = new Api();
let socket: Socket;

beforeAll(async () => {
  await api.start();
  socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
});
afterAll(async () => {
  socket.close();
  await api.stop();
});

async function send(datagram: string): Promise<void> {
  await new Promise((sent) => socket.send(datagram, api.server.syslogPort, '127.0.0.1', sent));
}

async function fieldsIn(stream: string): Promise<Record<string, string>[]> {
  const { records } = await api.ok('GET', `/api/v1/streams/${stream}/logs?${ALWAYS}`);
  return records.map(({ fields }: { fields: Record<string, string> }) => fields);
}

/** What one datagram becomes, in the pipeline that there is at first. */
async function received(datagram: string): Promise<Record<string, string>> {
  await send(datagram);
  await expect.poll(async () => (await fieldsIn('default')).length, PATIENCE).toBe(1);
  const [fields] = await fieldsIn('default');
  await api.ok('DELETE', '/api/v1/streams/default');
  return fields!;
}

const NOW = matching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC$/);

/** The fifteenth of a month, as RFC 3164 writes it and as it is printed, in the year that is meant. */
function fifteenth(monthsAhead: number, yearsBack: number): { sent: string; printed: string } {
  const now = new Date();
  const date = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + monthsAhead, 15));
  const month = date.toLocaleString('en-US', { month: 'short', timeZone: 'UTC' });
  const year = date.getUTCFullYear() - yearsBack;
  const number = String(date.getUTCMonth() + 1).padStart(2, '0');
  return { sent: `${month} 15 22:14:15`, printed: `${year}-${number}-15 22:14:15 +0000 UTC` };
}

const THIS_MONTH = fifteenth(0, 0);

/** All fields of RFC 3164; those that are left out as of a message that says nothing. */
function rfc3164(fields: Record<string, unknown>) {
  return {
    timestamp: THIS_MONTH.printed,
    hostname: 'mymachine',
    tag: '',
    content: '',
    priority: '34',
    facility: '4',
    severity: '2',
    client: `127.0.0.1:${socket.address().port}`,
    tls_peer: '',
    ...fields,
  };
}

/** All fields of RFC 5424; those that are left out as of a message that says nothing. */
function rfc5424(fields: Record<string, unknown>) {
  return {
    timestamp: '0001-01-01 00:00:00 +0000 UTC',
    hostname: '-',
    app_name: '-',
    proc_id: '-',
    msg_id: '-',
    structured_data: '-',
    message: '',
    priority: '34',
    facility: '4',
    severity: '2',
    version: '1',
    client: `127.0.0.1:${socket.address().port}`,
    tls_peer: '',
    ...fields,
  };
}

/** A message without a priority, or of no form at all. */
function plain(content: string) {
  const unsaid = { priority: '13', facility: '1', severity: '5', hostname: '127.0.0.1', timestamp: NOW };
  return rfc3164({ ...unsaid, content });
}

type Row = [name: string, datagram: string, fields: () => object];

describe('RFC 3164', () => {
  const at = `<34>${THIS_MONTH.sent} mymachine`;
  const rows: Row[] = [
    [
      'the example of the RFC, in the present year and UTC',
      `${at} su: 'su root' failed for lonvick on /dev/pts/8`,
      () => rfc3164({ tag: 'su', content: "'su root' failed for lonvick on /dev/pts/8" }),
    ],
    [
      'a tag without its process',
      `${at} sshd[4721]: hello`,
      () => rfc3164({ tag: 'sshd', content: 'hello' }),
    ],
    [
      'priority, facility and severity',
      `<191>${THIS_MONTH.sent} mymachine a: b`,
      () => rfc3164({ tag: 'a', content: 'b', priority: '191', facility: '23', severity: '7' }),
    ],
    [
      'a user notice: severity 5, whatever the documentation of the reference says',
      `<13>${THIS_MONTH.sent} mymachine a: b`,
      () => rfc3164({ tag: 'a', content: 'b', priority: '13', facility: '1', severity: '5' }),
    ],
    ['UTF-8', `${at} a: é 🙂`, () => rfc3164({ tag: 'a', content: 'é 🙂' })],
    ['no priority: the whole line is content', 'only text: é', () => plain('only text: é')],
    ['a line feed at the end is cut', 'only text\n', () => plain('only text')],
  ];
  it.each(rows)('%s', async (_name, datagram, fields) => {
    expect(await received(datagram)).toEqual(fields());
  });
});

describe('RFC 5424', () => {
  const nil = '<34>1 - - - - - - text';
  const data = '[example@32473 iut="3" eventSource="Application" eventID="1011"]';
  const rows: Row[] = [
    [
      'an example of the RFC',
      "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - 'su root' failed for lonvick",
      () =>
        rfc5424({
          timestamp: '2003-10-11 22:14:15.003 +0000 UTC',
          hostname: 'mymachine.example.com',
          app_name: 'su',
          msg_id: 'ID47',
          message: "'su root' failed for lonvick",
        }),
    ],
    [
      'with structured data and an offset',
      `<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 ID47 ${data} text`,
      () =>
        rfc5424({
          timestamp: '2003-08-24 05:14:15.000003 -0700 -0700',
          hostname: '192.0.2.1',
          app_name: 'myproc',
          proc_id: '8710',
          msg_id: 'ID47',
          structured_data: data,
          message: 'text',
          priority: '165',
          facility: '20',
          severity: '5',
        }),
    ],
    ['nothing but nil values, which stay as they are', '<34>1 - - - - - -', () => rfc5424({})],
    ['framed by a count of octets (RFC 6587)', `${nil.length} ${nil}`, () => rfc5424({ message: 'text' })],
  ];
  it.each(rows)('%s', async (_name, datagram, fields) => {
    expect(await received(datagram)).toEqual(fields());
  });
});

describe('where the reference loses or garbles text', () => {
  const ahead = fifteenth(3, 1);
  const at = `<34>${THIS_MONTH.sent} mymachine`;
  const rows: Row[] = [
    ['malformed RFC 5424: the whole text is content', '<34>1 yesterday x', () => plain('<34>1 yesterday x')],
    ['several lines are one message', `${at} a: b\nc`, () => rfc3164({ tag: 'a', content: 'b\nc' })],
    [
      'a bracket inside a value of structured data is part of it',
      '<34>1 - - - - - [a b="c\\] d"] text',
      () => rfc5424({ structured_data: '[a b="c\\] d"]', message: 'text' }),
    ],
    ['a byte order mark is dropped', '<34>1 - - - - - - \uFEFFtext', () => rfc5424({ message: 'text' })],
    [
      'nanoseconds are kept',
      '<34>1 2003-10-11T22:14:15.123456789Z - - - - -',
      () => rfc5424({ timestamp: '2003-10-11 22:14:15.123456789 +0000 UTC' }),
    ],
    [
      'a day that is none makes it malformed',
      '<34>1 2003-02-30T22:14:15Z - - - - -',
      () => plain('<34>1 2003-02-30T22:14:15Z - - - - -'),
    ],
    [
      'fractions of a second in RFC 3164 are kept',
      `<34>${THIS_MONTH.sent}.25 mymachine a: b`,
      () => rfc3164({ tag: 'a', content: 'b', timestamp: THIS_MONTH.printed.replace(' +', '.25 +') }),
    ],
    [
      'a day more than a month ahead was last year',
      `<34>${ahead.sent} mymachine a: b`,
      () => rfc3164({ tag: 'a', content: 'b', timestamp: ahead.printed }),
    ],
    [
      'a bracket at the beginning is content',
      `${at} [12.5] eth0: up`,
      () => rfc3164({ content: '[12.5] eth0: up' }),
    ],
  ];
  it.each(rows)('%s', async (_name, datagram, fields) => {
    expect(await received(datagram)).toEqual(fields());
  });
});

describe('every pipeline with a source for it', () => {
  it('gets the message, and no other does', async () => {
    for (const [name, type] of [
      ['more', 'syslog'],
      ['direct', 'direct'],
    ] as const) {
      const flow = flowOf([source('in', type), router(name)], `in > ${name}`);
      await api.ok('PUT', `/api/v1/pipelines/${name}`, { flow });
    }
    await send('to all');
    for (const stream of ['default', 'more'])
      await expect
        .poll(async () => (await fieldsIn(stream)).map(({ content }) => content), PATIENCE)
        .toEqual(['to all']);
    expect(await fieldsIn('direct')).toEqual([]);
  });
});
