import protocol from '@opentelemetry/otlp-transformer/build/src/generated/root.js';
import { invalidArgument } from '../../../problems.js';
import type { Fields } from '../../record.js';
import { otlpRecords } from './otlp-records.js';
import { OtlpFault } from './otlp-value.js';

export type OtlpEncoding = 'protobuf' | 'json';

/** As much of the generated code as is used: its own types know nothing of it. */
interface Generated {
  opentelemetry: { proto: { collector: { logs: { v1: { ExportLogsServiceRequest: MessageType } } } } };
}

interface MessageType {
  decode(bytes: Uint8Array): object;
  toObject(message: object, options: { longs: unknown; enums: unknown; bytes: unknown }): unknown;
}

const { ExportLogsServiceRequest } = (protocol as unknown as Generated).opentelemetry.proto.collector.logs.v1;

/**
 * The records of a request of OTLP/HTTP, see https://opentelemetry.io/docs/specs/otlp/#otlphttp.
 * @throws Problem INVALID_ARGUMENT.
 */
export function decodeOtlp(body: Buffer, encoding: OtlpEncoding): Fields[] {
  const request = encoding === 'json' ? fromJson(body) : fromProtobuf(body);
  try {
    return otlpRecords(request);
  } catch (error) {
    if (error instanceof OtlpFault) throw invalidArgument(`invalid argument: ${error.message}`);
    throw error;
  }
}

function fromProtobuf(body: Buffer): unknown {
  try {
    // In the form of OTLP/JSON: what has 64 bits as text, so that no digit is lost.
    return ExportLogsServiceRequest.toObject(ExportLogsServiceRequest.decode(body), {
      longs: String,
      enums: Number,
      bytes: Buffer,
    });
  } catch (error) {
    throw invalidArgument(
      `invalid argument: the body is not an ExportLogsServiceRequest in protobuf: ${(error as Error).message}`,
    );
  }
}

function fromJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    throw invalidArgument(`invalid argument: failed to decode json: ${(error as Error).message}`);
  }
}
