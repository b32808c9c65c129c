import type { S3Client } from '@aws-sdk/client-s3';
import type { S3Settings } from '../destination-settings.js';
import { type Patience, patiently, whileItLasts } from '../patience.js';
import { openClient } from './s3-client.js';
import { s3Fault } from './s3-faults.js';
import { loadSdk, type Sdk } from './sdk.js';

/** The requests of one operation. */
export class S3Session {
  private constructor(
    readonly sdk: Sdk,
    readonly client: S3Client,
    readonly settings: S3Settings,
    private readonly patience: Patience,
    readonly signal: AbortSignal,
    readonly getsOn: () => void,
  ) {}

  /** Does the work of one operation with a client of its own. @throws what `work` throws; the reason of `signal`. */
  static async during<Result>(
    settings: S3Settings,
    patience: Patience,
    signal: AbortSignal,
    work: (session: S3Session) => Promise<Result>,
  ): Promise<Result> {
    signal.throwIfAborted();
    const sdk = await loadSdk();
    const client = await openClient(sdk, settings, patience);
    try {
      return await patiently(patience, signal, (inner, getsOn) =>
        work(new S3Session(sdk, client, settings, patience, inner, getsOn)),
      );
    } finally {
      client.destroy();
    }
  }

  place(name: string): { Bucket: string; Key: string } {
    return { Bucket: this.settings.bucket, Key: this.settings.prefix + name };
  }

  /**
   * Sends a request and waits for its answer, for as long as something moves.
   * @param file that it is about, where it may be that there is none.
   * @throws DestinationError.
   */
  async ask<Answer>(
    request: (options: { abortSignal: AbortSignal }) => Promise<Answer>,
    file?: string,
  ): Promise<Answer> {
    try {
      // The client itself sees whether its socket moves: a part may take long on a slow line.
      const answer = request({ abortSignal: this.signal });
      return await whileItLasts(this.patience, this.getsOn, answer);
    } catch (error) {
      throw s3Fault(this.patience.destination, error, file);
    }
  }
}
