import type { CompletedPart } from '@aws-sdk/client-s3';
import { DestinationError } from '../destination.js';
import type { S3Session } from './s3-session.js';

const MEBIBYTE = 1024 * 1024;
const MOST_PARTS = 10_000;
const CLEAN_UP_MILLISECONDS = 4_000;

/**
 * An object on its way: in one request where it fits into one part, else in parts, one of which is on its way while the
 * next is filled. Parts are all of one size, as some providers want them. Nothing is under the name before `finish`.
 */
export class PartedUpload {
  private part: Buffer;
  private filled = 0;
  /** What comes next is written here, as soon as nothing of it is on its way any more. */
  private spare?: Buffer;
  private sending: Promise<void> = Promise.resolve();
  private uploadId?: string;
  private sentParts = 0;
  private readonly completed: CompletedPart[] = [];

  constructor(
    private readonly session: S3Session,
    private readonly name: string,
    private readonly destination: string,
  ) {
    this.part = Buffer.allocUnsafe(session.settings.part_mb * MEBIBYTE);
  }

  /** The chunk may be used for something else afterwards. */
  async take(chunk: Buffer): Promise<void> {
    for (let from = 0; from < chunk.length;) {
      if (this.filled === this.part.length) await this.sendPart();
      const copied = chunk.copy(this.part, this.filled, from);
      this.filled += copied;
      from += copied;
    }
  }

  async finish(): Promise<void> {
    const { sdk, client } = this.session;
    const place = this.session.place(this.name);
    if (this.uploadId === undefined) {
      const put = new sdk.PutObjectCommand({ ...place, Body: this.part.subarray(0, this.filled) });
      await this.session.ask((options) => client.send(put, options));
      return;
    }
    await this.sendPart();
    await this.sending;
    const complete = new sdk.CompleteMultipartUploadCommand({
      ...place,
      UploadId: this.uploadId,
      MultipartUpload: { Parts: this.completed },
    });
    await this.session.ask((options) => client.send(complete, options));
  }

  /** Gives up: no part stays, as far as the destination can still be told. */
  async discard(): Promise<void> {
    // A part that arrives after this would stay for ever.
    await this.sending.catch(() => undefined);
    if (this.uploadId === undefined) return;
    const { sdk, client } = this.session;
    const abort = new sdk.AbortMultipartUploadCommand({
      ...this.session.place(this.name),
      UploadId: this.uploadId,
    });
    const abortSignal = AbortSignal.timeout(CLEAN_UP_MILLISECONDS);
    await client.send(abort, { abortSignal }).catch(() => undefined);
  }

  private async sendPart(): Promise<void> {
    if (this.sentParts === MOST_PARTS) throw this.tooLarge();
    this.uploadId ??= await this.begin();
    await this.sending;
    const part = this.part.subarray(0, this.filled);
    this.sending = this.upload(++this.sentParts, part);
    // Whoever waits for it gets its error; until then nobody does.
    this.sending.catch(() => undefined);
    const next = this.spare ?? Buffer.allocUnsafe(this.part.length);
    this.spare = this.part;
    this.part = next;
    this.filled = 0;
  }

  private async begin(): Promise<string | undefined> {
    const { sdk, client } = this.session;
    const place = this.session.place(this.name);
    const create = new sdk.CreateMultipartUploadCommand({ ...place, ChecksumAlgorithm: 'CRC32' });
    return (await this.session.ask((options) => client.send(create, options))).UploadId;
  }

  private async upload(PartNumber: number, Body: Buffer): Promise<void> {
    const { sdk, client } = this.session;
    const place = this.session.place(this.name);
    const command = new sdk.UploadPartCommand({ ...place, UploadId: this.uploadId, PartNumber, Body });
    const { ETag, ChecksumCRC32 } = await this.session.ask((options) => client.send(command, options));
    this.completed.push({ PartNumber, ETag, ChecksumCRC32 });
  }

  private tooLarge(): DestinationError {
    const { part_mb } = this.session.settings;
    return new DestinationError(
      'misconfigured',
      `a file for the destination "${this.destination}" has more than ${MOST_PARTS} parts of ${part_mb} mebibytes: ` +
        'set a larger part_mb in FLOWG_BACKUP_DESTINATIONS',
      false,
    );
  }
}
