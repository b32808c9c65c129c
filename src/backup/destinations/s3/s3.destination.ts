import type { Readable } from 'node:stream';
import { checkDestination } from '../check-destination.js';
import { type Destination, DestinationError, type StoredFile } from '../destination.js';
import type { S3Settings } from '../destination-settings.js';
import { incomplete } from '../faults.js';
import { isFileName, requireFileName } from '../file-name.js';
import { guardedRead } from '../guarded-read.js';
import { type Patience, patiently, whileItLasts } from '../patience.js';
import { holdingContent, sendContent } from '../send-content.js';
import { PartedUpload } from './parted-upload.js';
import { openClient } from './s3-client.js';
import { s3Fault } from './s3-faults.js';
import { S3Session } from './s3-session.js';
import { loadSdk } from './sdk.js';
import { abortUploads } from './unfinished-uploads.js';

/** A bucket of S3, or of anything that speaks its protocol; all files lie under one prefix. */
export class S3Destination implements Destination {
  readonly kind = 's3';
  private readonly patience: Patience;

  constructor(
    readonly name: string,
    private readonly settings: S3Settings,
    idleSeconds: number,
  ) {
    this.patience = { destination: name, idleSeconds };
  }

  write(name: string, content: Readable, signal: AbortSignal): Promise<void> {
    return holdingContent(content, async () => {
      requireFileName(name);
      await this.session(signal, (session) => this.put(session, name, content));
    });
  }

  async read(name: string, signal: AbortSignal): Promise<Readable> {
    requireFileName(name);
    signal.throwIfAborted();
    const sdk = await loadSdk();
    // Lives as long as its answer is read.
    const client = await openClient(sdk, this.settings, this.patience, true);
    const asFault = (error: unknown) => s3Fault(this.name, error, name);
    try {
      const get = new sdk.GetObjectCommand({
        Bucket: this.settings.bucket,
        Key: this.settings.prefix + name,
      });
      const { Body, ContentLength } = await patiently(this.patience, signal, (inner, getsOn) => {
        const answer = client.send(get, { abortSignal: inner }).catch((error: unknown) => {
          throw asFault(error);
        });
        return whileItLasts(this.patience, getsOn, answer);
      });
      const content = guardedRead(Body as Readable, ContentLength!, this.patience, signal, asFault);
      return content.once('close', () => client.destroy());
    } catch (error) {
      client.destroy();
      throw error;
    }
  }

  list(prefix: string, signal: AbortSignal): Promise<StoredFile[]> {
    return this.session(signal, async (session) => {
      const { sdk, client } = session;
      const { bucket: Bucket, prefix: folder } = this.settings;
      const found: StoredFile[] = [];
      let ContinuationToken: string | undefined;
      do {
        const list = new sdk.ListObjectsV2Command({
          Bucket,
          Prefix: folder + prefix,
          Delimiter: '/',
          ContinuationToken,
        });
        const page = await session.ask((options) => client.send(list, options));
        for (const { Key = '', Size = 0, LastModified } of page.Contents ?? []) {
          const name = Key.slice(folder.length);
          if (isFileName(name)) found.push({ name, bytes: Size, modifiedMs: LastModified?.getTime() ?? 0 });
        }
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken !== undefined);
      return found;
    });
  }

  async remove(name: string, signal: AbortSignal): Promise<void> {
    requireFileName(name);
    await this.session(signal, async (session) => {
      const remove = new session.sdk.DeleteObjectCommand(session.place(name));
      await session.ask((options) => session.client.send(remove, options));
    });
  }

  async removeUnfinished(
    prefix: string,
    isMeant: (name: string) => boolean,
    signal: AbortSignal,
  ): Promise<string[]> {
    try {
      return await this.session(signal, (session) => abortUploads(session, prefix, isMeant));
    } catch (error) {
      // To see them takes a right of its own, and not every provider can show them: the rule of the bucket ends them.
      if (error instanceof DestinationError && !error.retriable) return [];
      throw error;
    }
  }

  check(signal: AbortSignal): Promise<void> {
    return checkDestination(this, signal);
  }

  private async put(session: S3Session, name: string, content: Readable): Promise<void> {
    const upload = new PartedUpload(session, name, this.name);
    try {
      const bytes = await sendContent(this.name, content, session, (chunk) => upload.take(chunk));
      await upload.finish();
      await this.requireLength(session, name, bytes);
    } catch (error) {
      await upload.discard();
      throw error;
    }
  }

  /** What the bucket says that it has, after it said that it has it. */
  private async requireLength(session: S3Session, name: string, bytes: number): Promise<void> {
    const head = new session.sdk.HeadObjectCommand(session.place(name));
    const { ContentLength = 0 } = await session.ask((options) => session.client.send(head, options), name);
    if (ContentLength === bytes) return;
    const remove = new session.sdk.DeleteObjectCommand(session.place(name));
    await session.ask((options) => session.client.send(remove, options));
    throw incomplete(this.name, 'kept', ContentLength, bytes);
  }

  private session<Result>(
    signal: AbortSignal,
    work: (session: S3Session) => Promise<Result>,
  ): Promise<Result> {
    return S3Session.during(this.settings, this.patience, signal, work);
  }
}
