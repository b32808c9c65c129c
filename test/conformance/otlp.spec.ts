import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { Api } from './api.js';
import { invalid, notFound, success } from './expectation.js';
import { refusesBadNames } from './names.js';
import { coversItsRoutes } from './route-coverage.js';
import { perform, scenarios } from './scenario.js';
import { holds, purge } from './steps.js';

/** Section 9, 0.32.0: OpenTelemetry over HTTP, in JSON and protobuf. */

const api = new Api();
beforeAll(() => api.start());
afterAll(() => api.stop());
beforeEach(() => perform(api, purge('default')));

const PATH = '/api/v1/pipelines/default/logs/otlp';
const JSON_TYPE = { 'Content-Type': 'application/json' };
const PROTOBUF_TYPE = { 'Content-Type': 'application/x-protobuf' };

describe('OpenTelemetry', () => {
  const otlp = (body: string | Buffer, headers: Record<string, string> = JSON_TYPE) => ({
    method: 'POST',
    path: PATH,
    headers,
    body,
  });
  const oneLog = (log: object, scope?: object, resource?: object) =>
    JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords: [log] }] }] });
  const attribute = (key: string, value: object) => ({ key, value });
  const NOTHING_SAID = {
    severity_number: 'SEVERITY_NUMBER_UNSPECIFIED',
    severity_text: '',
    body: '',
    dropped_attributes_count: '0',
    flags: '0',
    trace_id: '',
    span_id: '',
    event_name: '',
    observed_time_unix_nano: '0',
    time_unix_nano: '0',
  };
  /** `ExportLogsServiceRequest` with one record whose body is the text "hi". */
  const PROTOBUF = Buffer.from('0a0a120812062a040a026869', 'hex');

  scenarios(api, [
    {
      name: 'each log record with its own fields, those of its scope and of its resource',
      ...otlp(
        oneLog(
          {
            timeUnixNano: '1700000000000000001',
            observedTimeUnixNano: '1700000000000000002',
            severityNumber: 9,
            severityText: 'INFO',
            body: { stringValue: 'bought' },
            attributes: [attribute('count', { intValue: '3' })],
            droppedAttributesCount: 1,
            flags: 1,
            traceId: '5B8EFFF798038103D269B633813FC60C',
            spanId: 'EEE19B7EC3C1B174',
            eventName: 'sale',
          },
          { name: 'cart', version: '1.0' },
          { attributes: [attribute('service.name', { stringValue: 'shop' })] },
        ),
      ),
      answer: success({ processed_count: 1 }),
      next: [
        holds('default', {
          'resource.service.name': 'shop',
          'scope.name': 'cart',
          'scope.version': '1.0',
          severity_number: 'SEVERITY_NUMBER_INFO',
          severity_text: 'INFO',
          body: 'bought',
          dropped_attributes_count: '1',
          flags: '1',
          trace_id: '5b8efff798038103d269b633813fc60c',
          span_id: 'eee19b7ec3c1b174',
          event_name: 'sale',
          observed_time_unix_nano: '1700000000000000002',
          time_unix_nano: '1700000000000000001',
          'attr.count': '3',
        }),
      ],
    },
    {
      name: 'a record that says nothing',
      ...otlp(oneLog({})),
      answer: success({ processed_count: 1 }),
      next: [holds('default', NOTHING_SAID)],
    },
    {
      name: 'numbers in full, lists and maps as JSON, bytes in base64',
      ...otlp(
        oneLog({
          body: { kvlistValue: { values: [attribute('a', { boolValue: true })] } },
          attributes: [
            attribute('number', { doubleValue: 0.123456789 }),
            attribute('list', { arrayValue: { values: [{ stringValue: 'x' }, { intValue: '2' }] } }),
            attribute('bytes', { bytesValue: '/w==' }),
          ],
        }),
      ),
      answer: success({ processed_count: 1 }),
      next: [
        holds('default', {
          ...NOTHING_SAID,
          body: '{"a":true}',
          'attr.number': '0.123456789',
          'attr.list': '["x",2]',
          'attr.bytes': '/w==',
        }),
      ],
    },
    { name: 'nothing', ...otlp('{}'), answer: success({ processed_count: 0 }), next: [holds('default')] },
    {
      name: 'protobuf is answered in protobuf',
      ...otlp(PROTOBUF, PROTOBUF_TYPE),
      answer: { status: 200, headers: { 'content-type': 'application/x-protobuf' }, text: '' },
      next: [holds('default', { ...NOTHING_SAID, body: 'hi' })],
    },
    {
      name: 'or in JSON where that is asked for',
      ...otlp(PROTOBUF, { ...PROTOBUF_TYPE, Accept: 'application/json' }),
      answer: success({ processed_count: 1 }),
      next: [holds('default', { ...NOTHING_SAID, body: 'hi' })],
    },
    {
      name: 'a list that is a number',
      ...otlp('{"resourceLogs":5}'),
      answer: invalid('invalid argument: resourceLogs: expected a list'),
    },
    { name: 'broken JSON', ...otlp('{'), answer: invalid(/^invalid argument: failed to decode json: ./) },
    {
      name: 'broken protobuf',
      ...otlp('no protobuf', PROTOBUF_TYPE),
      answer: invalid(/^invalid argument: the body is not an ExportLogsServiceRequest in protobuf: ./),
    },
    {
      name: 'text',
      ...otlp('x', { 'Content-Type': 'text/plain' }),
      answer: invalid(
        /^invalid argument: request with application\/json or .* expected, received: text\/plain$/,
      ),
    },
    {
      name: 'for a pipeline that is absent',
      method: 'POST',
      path: PATH.replace('default', 'absent'),
      headers: JSON_TYPE,
      body: '{}',
      answer: notFound('pipeline', 'absent'),
    },
  ]);
});

refusesBadNames(api, 'otlp');
coversItsRoutes(api, 'otlp');
