import { SeverityNumber } from '@opentelemetry/api-logs';
import { OTLPLogExporter as HttpExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import { OTLPLogExporter as ProtoExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestServer } from '../support/test-server.js';
import { LogsClient } from './logs-client.js';

let server: TestServer;
let logs: LogsClient;

beforeAll(async () => {
  server = await TestServer.start({
    env: { FLOWG_HTTP_BODY_LIMIT_MB: '4', FLOWG_RECORD_VALUE_LIMIT_KB: '2' },
  });
  logs = new LogsClient(server, await server.login());
});
afterAll(() => server.stop());
beforeEach(() => logs.ok('DELETE', 'streams/default'));

type Body = string | Buffer;

const post = (form: string, body: Body, headers: Record<string, string> = {}) =>
  server.request('POST', `/api/v1/pipelines/default/logs${form}`, {
    token: logs.token,
    body: body as never,
    headers,
  });
const stored = async () => (await logs.records('default')).map(({ fields }) => fields).toReversed();

const JSON_TYPE = { 'Content-Type': 'application/json' };
const TEXT_TYPE = { 'Content-Type': 'text/plain' };
const GZIP = { 'Content-Encoding': 'gzip' };

describe('struct', () => {
  it('takes a list, in its order, each with a time of its own', async () => {
    const records = Array.from({ length: 1000 }, (_, n) => ({ n: String(n) }));
    const { status, text } = await post('/struct', JSON.stringify({ records }), JSON_TYPE);
    expect([status, text]).toEqual([200, '{"success":true,"processed_count":1000}\n']);
    expect(await stored()).toEqual(records);
    const times = (await logs.records('default')).map(({ timestamp }) => timestamp);
    expect(new Set(times).size).toBe(1000);
  });

  it.each([
    ['{}', 0],
    ['null', 0],
    ['{"records":null}', 0],
    ['{"records":[]}', 0],
    ['{"records":[null,{}]}', 2],
  ])('takes %s as %s records', async (body, count) => {
    expect((await post('/struct', body, JSON_TYPE)).body).toEqual({ success: true, processed_count: count });
    expect(await stored()).toHaveLength(count);
  });

  it.each([
    ['{"records":{}}', /^invalid argument: records: /],
    ['{"records":[5]}', /^invalid argument: records.0: /],
    ['{"records":[{"a":"b"},{"a":5}]}', /^invalid argument: records.1.a: expected a string$/],
    [
      JSON.stringify({ records: [{ a: 'b' }, { big: 'x'.repeat(2049) }] }),
      /^invalid argument: record 1: field "big": the value has 2049 bytes, 2048 are possible$/,
    ],
    [JSON.stringify({ records: Array.from({ length: 50_001 }, () => null) }), /at most 50000/],
  ])('refuses %.60s and stores nothing', async (body, sentence) => {
    const answer = await post('/struct', body, JSON_TYPE);
    expect([answer.status, answer.body.status]).toEqual([400, 'INVALID_ARGUMENT']);
    expect(answer.body.error).toMatch(sentence);
    expect(await stored()).toEqual([]);
  });

  it('may be packed with gzip, which does not make it larger than it may be', async () => {
    const packed = gzipSync(JSON.stringify({ records: [{ a: 'b' }] }));
    expect((await post('/struct', packed, { ...JSON_TYPE, ...GZIP })).status).toBe(200);
    expect(await stored()).toEqual([{ a: 'b' }]);
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024, ' '));
    const { status, body } = await post('/struct', bomb, { ...JSON_TYPE, ...GZIP });
    expect([status, body.status]).toEqual([413, 'TOO_LARGE']);
    const broken = await post('/struct', Buffer.from('no gzip'), { ...JSON_TYPE, ...GZIP });
    expect([broken.status, broken.body.error]).toEqual([
      400,
      'invalid argument: the body is not gzip, as its content encoding says',
    ]);
    const other = await post('/struct', '{}', { ...JSON_TYPE, 'Content-Encoding': 'br' });
    expect([other.status, other.body.error]).toEqual([
      400,
      'invalid argument: the content encoding "br" is not possible: use gzip or none',
    ]);
  });
});

describe('text', () => {
  it('takes each line that is not empty', async () => {
    const text = 'first\n\n  second \r\nthird é\t🙂\r\n\nlast without an end';
    expect((await post('/text', text, TEXT_TYPE)).body).toEqual({ success: true, processed_count: 4 });
    expect(await stored()).toEqual(
      ['first', '  second ', 'third é\t🙂', 'last without an end'].map((content) => ({ content })),
    );
  });

  it.each(['', '\n', '\r\n\n'])('takes %j as nothing', async (text) => {
    expect((await post('/text', text, TEXT_TYPE)).body).toEqual({ success: true, processed_count: 0 });
  });

  it.each<[Body, Record<string, string>, RegExp]>([
    [Buffer.from([0x61, 0xff]), TEXT_TYPE, /not text in UTF-8$/],
    ['a', JSON_TYPE, /request with text\/plain content type expected, received: application\/json$/],
    ['\n'.repeat(10) + 'a\n'.repeat(50_001), TEXT_TYPE, /more than 50000 records: send fewer at a time$/],
  ])('refuses %.10s', async (body, headers, sentence) => {
    const answer = await post('/text', body, headers);
    expect([answer.status, answer.body.error]).toEqual([400, expect.stringMatching(sentence)]);
    expect(await stored()).toEqual([]);
  });

  it('is one transaction of at most the body limit', async () => {
    expect((await post('/text', 'x'.repeat(4 * 1024 * 1024 + 1), TEXT_TYPE)).status).toBe(413);
  });
});

describe('OTLP', () => {
  const record = (more: object) =>
    JSON.stringify({
      resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'b' }, ...more }] }] }],
    });

  it('takes JSON with the fields of the reference and where it comes from', async () => {
    const body = JSON.stringify({
      resourceLogs: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
          scopeLogs: [
            {
              scope: { name: 'cart', version: '1.2' },
              logRecords: [
                {
                  timeUnixNano: '1700000000000000001',
                  observedTimeUnixNano: '1700000000000000002',
                  severityNumber: 17,
                  severityText: 'Error',
                  body: { stringValue: 'hello' },
                  attributes: [
                    { key: 'n', value: { intValue: '9007199254740993' } },
                    { key: 'f', value: { doubleValue: 0.1 } },
                    { key: 't', value: { boolValue: true } },
                    { key: 'b', value: { bytesValue: 'AQI=' } },
                    {
                      key: 'l',
                      value: { arrayValue: { values: [{ stringValue: 'x' }, { intValue: '5' }, {}] } },
                    },
                    {
                      key: 'm',
                      value: { kvlistValue: { values: [{ key: 'a', value: { boolValue: false } }] } },
                    },
                    { key: '__proto__', value: { stringValue: 'p' } },
                    { key: 'none', value: {} },
                  ],
                  flags: 1,
                  traceId: '5B8EFFF798038103D269B633813FC60C',
                  spanId: 'eee19b7ec3c1b174',
                  eventName: 'bought',
                  droppedAttributesCount: 2,
                  unknown: 5,
                },
                {},
              ],
            },
          ],
        },
      ],
    });
    const { status, body: answer } = await post('/otlp', body, JSON_TYPE);
    expect([status, answer]).toEqual([200, { success: true, processed_count: 2 }]);
    const origin = { 'resource.service.name': 'shop', 'scope.name': 'cart', 'scope.version': '1.2' };
    const [first, second] = await stored();
    expect(first).toEqual({
      ...origin,
      time_unix_nano: '1700000000000000001',
      observed_time_unix_nano: '1700000000000000002',
      severity_number: 'SEVERITY_NUMBER_ERROR',
      severity_text: 'Error',
      body: 'hello',
      'attr.n': '9007199254740993',
      'attr.f': '0.1',
      'attr.t': 'true',
      'attr.b': 'AQI=',
      'attr.l': '["x",5,null]',
      'attr.m': '{"a":false}',
      'attr.__proto__': 'p',
      'attr.none': '',
      flags: '1',
      trace_id: '5b8efff798038103d269b633813fc60c',
      span_id: 'eee19b7ec3c1b174',
      event_name: 'bought',
      dropped_attributes_count: '2',
    });
    expect(second).toEqual({
      ...origin,
      time_unix_nano: '0',
      observed_time_unix_nano: '0',
      severity_number: 'SEVERITY_NUMBER_UNSPECIFIED',
      severity_text: '',
      body: '',
      flags: '0',
      trace_id: '',
      span_id: '',
      event_name: '',
      dropped_attributes_count: '0',
    });
  });

  it.each<[Body, Record<string, string>, RegExp]>([
    ['{"resourceLogs":5}', JSON_TYPE, /^invalid argument: resourceLogs: expected a list$/],
    ['{"resourceLogs":[5]}', JSON_TYPE, /^invalid argument: resourceLogs\[0\]: expected an object$/],
    [record({ body: 'text' }), JSON_TYPE, /logRecords\[0\]\.body: expected an object$/],
    [record({ body: { what: 5 } }), JSON_TYPE, /unknown kind of value "what"$/],
    [record({ severityText: {} }), JSON_TYPE, /severityText: expected text or a number$/],
    ['{', JSON_TYPE, /^invalid argument: failed to decode json/],
    [
      'no protobuf',
      { 'Content-Type': 'application/x-protobuf' },
      /not an ExportLogsServiceRequest in protobuf/,
    ],
    [
      'x',
      { 'Content-Type': 'text/plain' },
      /application\/json or application\/x-protobuf or application\/protobuf content type/,
    ],
  ])('refuses %.40s', async (body, headers, sentence) => {
    const answer = await post('/otlp', body, headers);
    expect([answer.status, answer.body.error]).toEqual([400, expect.stringMatching(sentence)]);
    expect(await stored()).toEqual([]);
  });

  it('refuses values that are nested without end', async () => {
    let value: object = { stringValue: 'x' };
    for (let depth = 0; depth < 100; depth++) value = { arrayValue: { values: [value] } };
    const answer = await post('/otlp', record({ body: value }), JSON_TYPE);
    expect([answer.status, answer.body.error]).toEqual([
      400,
      expect.stringMatching(/nested more than 64 deep$/),
    ]);
    const deep = Buffer.from('0a'.repeat(3) + 'ff'.repeat(40), 'hex');
    expect((await post('/otlp', deep, { 'Content-Type': 'application/x-protobuf' })).status).toBe(400);
  });

  const EXPORTERS = [
    ['protobuf', ProtoExporter, CompressionAlgorithm.NONE],
    ['protobuf with gzip', ProtoExporter, CompressionAlgorithm.GZIP],
    ['JSON', HttpExporter, CompressionAlgorithm.NONE],
    ['JSON with gzip', HttpExporter, CompressionAlgorithm.GZIP],
  ] as const;

  it.each(EXPORTERS)(
    "takes what OpenTelemetry's own exporter sends: %s",
    async (_name, Exporter, compression) => {
      const exporter = new Exporter({
        url: `${server.url}/api/v1/pipelines/default/logs/otlp`,
        headers: { Authorization: `Bearer jwt:${logs.token}` },
        compression,
      });
      const provider = new LoggerProvider({
        resource: resourceFromAttributes({ 'service.name': 'shop' }),
        processors: [new SimpleLogRecordProcessor(exporter)],
      });
      provider.getLogger('cart', '1.0').emit({
        severityNumber: SeverityNumber.INFO,
        severityText: 'INFO',
        body: 'bought é 🙂',
        attributes: { count: 3, price: 1.5, tags: ['a', 'b'] },
        timestamp: new Date(1_700_000_000_000),
      });
      await provider.shutdown();
      expect(await stored()).toEqual([
        expect.objectContaining({
          body: 'bought é 🙂',
          severity_number: 'SEVERITY_NUMBER_INFO',
          severity_text: 'INFO',
          'attr.count': '3',
          'attr.price': '1.5',
          'attr.tags': '["a","b"]',
          'resource.service.name': 'shop',
          'scope.name': 'cart',
          'scope.version': '1.0',
          time_unix_nano: '1700000000000000000',
        }),
      ]);
    },
  );

  it('answers protobuf in protobuf, unless JSON is accepted', async () => {
    const empty = Buffer.alloc(0);
    const type = { 'Content-Type': 'application/x-protobuf' };
    const answer = await post('/otlp', empty, type);
    expect([answer.status, answer.headers.get('content-type'), answer.text]).toEqual([
      200,
      'application/x-protobuf',
      '',
    ]);
    const json = await post('/otlp', empty, { ...type, Accept: 'application/json' });
    expect(json.body).toEqual({ success: true, processed_count: 0 });
  });
});

it('every form needs send_logs', async () => {
  const other = await server.createUser(logs.token!, 'reads-only', ['write_streams', 'write_pipelines']);
  for (const form of ['', '/struct', '/text', '/otlp']) {
    const path = `/api/v1/pipelines/default/logs${form}`;
    expect((await server.request('POST', path, { token: other, json: {} })).status, form).toBe(403);
    expect((await server.request('POST', path, { json: {} })).status, form).toBe(401);
  }
});
