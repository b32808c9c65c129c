import type { Fields } from '../../record.js';
import { anyValueText, type JsonObject, keyValues, listAt, objectAt, textAt } from './otlp-value.js';

/** Names of `SeverityNumber`, by number. */
const SEVERITIES = [
  'SEVERITY_NUMBER_UNSPECIFIED',
  ...['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap((level) =>
    ['', '2', '3', '4'].map((step) => `SEVERITY_NUMBER_${level}${step}`),
  ),
];

/**
 * The log records of an `ExportLogsServiceRequest` in the form of OTLP/JSON, each as fields: those of the reference, and
 * `resource.…` and `scope.…`, which tell where a log comes from.
 * @throws OtlpFault with the place of the first thing that is not as it should be.
 */
export function otlpRecords(request: unknown): Fields[] {
  const records: Fields[] = [];
  for (const [r, resourceItem] of listAt(
    objectAt(request, 'request').resourceLogs,
    'resourceLogs',
  ).entries()) {
    const resourcePlace = `resourceLogs[${r}]`;
    const resourceLogs = objectAt(resourceItem, resourcePlace);
    const resource = objectAt(resourceLogs.resource, `${resourcePlace}.resource`);
    const origin = attributes(resource, 'resource.', `${resourcePlace}.resource`);
    for (const [s, scopeItem] of listAt(resourceLogs.scopeLogs, `${resourcePlace}.scopeLogs`).entries()) {
      const scopePlace = `${resourcePlace}.scopeLogs[${s}]`;
      const scopeLogs = objectAt(scopeItem, scopePlace);
      const scope = scopeFields(objectAt(scopeLogs.scope, `${scopePlace}.scope`), `${scopePlace}.scope`);
      for (const [l, item] of listAt(scopeLogs.logRecords, `${scopePlace}.logRecords`).entries()) {
        const place = `${scopePlace}.logRecords[${l}]`;
        records.push(
          Object.fromEntries([...origin, ...scope, ...recordFields(objectAt(item, place), place)]),
        );
      }
    }
  }
  return records;
}

type Entries = [name: string, value: string][];

function recordFields(log: JsonObject, place: string): Entries {
  const text = (name: string, standard?: string) => textAt(log[name], `${place}.${name}`, standard);
  return [
    ['severity_number', severity(text('severityNumber', '0'))],
    ['severity_text', text('severityText')],
    ['body', anyValueText(log.body, `${place}.body`)],
    ['dropped_attributes_count', text('droppedAttributesCount', '0')],
    ['flags', text('flags', '0')],
    ['trace_id', id(log.traceId, `${place}.traceId`)],
    ['span_id', id(log.spanId, `${place}.spanId`)],
    ['event_name', text('eventName')],
    ['observed_time_unix_nano', text('observedTimeUnixNano', '0')],
    ['time_unix_nano', text('timeUnixNano', '0')],
    ...attributes(log, 'attr.', place),
  ];
}

function attributes(holder: JsonObject, prefix: string, place: string): Entries {
  return keyValues(holder.attributes, `${place}.attributes`).map(([key, value]) => [
    `${prefix}${key}`,
    anyValueText(value, `${place}.attributes.${key.slice(0, 80)}`),
  ]);
}

function scopeFields(scope: JsonObject, place: string): Entries {
  const own = ['name', 'version']
    .map((key): [string, string] => [`scope.${key}`, textAt(scope[key], `${place}.${key}`)])
    .filter(([, value]) => value !== '');
  return [...own, ...attributes(scope, 'scope.', place)];
}

function severity(number: string): string {
  return SEVERITIES[Number(number)] ?? number;
}

/** Bytes in protobuf, hexadecimal text in JSON. */
function id(value: unknown, place: string): string {
  return Buffer.isBuffer(value) ? value.toString('hex') : textAt(value, place).toLowerCase();
}
