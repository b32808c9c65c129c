import type { IncomingMessage, ServerResponse } from 'node:http';
import { crc32 } from 'node:zlib';
import { HeldBody } from './held-body.js';

const CHECKSUM = 'x-amz-checksum-crc32';

/** What an S3 compares before it takes a body: its CRC32, and at the end of an upload in parts those of all parts. */
export class BodyChecks {
  /** Checksums of the parts that came, by upload and number. */
  private readonly sums = new Map<string, Map<string, string>>();

  /** What the body of a request has to go through, if it has one. It fails with the code that S3 has for what is wrong. */
  of({ method, url, headers }: IncomingMessage, response: ServerResponse): HeldBody | undefined {
    const { searchParams } = new URL(url!, 'http://s3');
    const id = searchParams.get('uploadId');
    if (method === 'POST' && id !== null)
      return new HeldBody((body) => (this.isListOfParts(id, String(body)) ? undefined : 'InvalidPart'));
    if (method !== 'PUT') return undefined;
    return new HeldBody((body) => {
      const sum = checksumOf(body);
      if (headers[CHECKSUM] !== sum) return 'BadDigest';
      response.setHeader(CHECKSUM, sum);
      if (id !== null) this.note(id, searchParams.get('partNumber')!, sum);
      return undefined;
    });
  }

  private note(uploadId: string, part: string, sum: string): void {
    const ofUpload = this.sums.get(uploadId) ?? new Map<string, string>();
    this.sums.set(uploadId, ofUpload.set(part, sum));
  }

  /** Whether a request to complete an upload names the checksum of each of its parts. */
  private isListOfParts(uploadId: string, body: string): boolean {
    const sums = this.sums.get(uploadId)!;
    const named = [...body.matchAll(/<Part>.*?<\/Part>/gs)].map(([part]) => {
      const number = /<PartNumber>(\d+)</.exec(part)?.[1] ?? '';
      return [number, /<ChecksumCRC32>([^<]+)</.exec(part)?.[1]] as const;
    });
    return named.length === sums.size && named.every(([number, sum]) => sums.get(number) === sum);
  }
}

function checksumOf(body: Buffer): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return sum.toString('base64');
}
