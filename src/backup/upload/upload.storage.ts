import type { Request } from 'express';
import type { StorageEngine } from 'multer';
import type { Readable } from 'node:stream';
import type { UploadReceiver } from './upload-receiver.js';

/** What multer is given as its storage: hands the file on, and remembers what became of it. */
export class UploadStorage<Received> implements StorageEngine {
  received?: Received;

  constructor(
    private readonly receiver: UploadReceiver<Received>,
    /** Ends the reception early. */
    private readonly signal: AbortSignal,
    /** Told at once; multer itself reports an error only when it has drained the rest of the request. */
    private readonly onRefusal: (error: unknown) => void,
  ) {}

  _handleFile(_request: Request, file: Express.Multer.File, done: (error?: unknown) => void): void {
    void this.receive(file.stream).then(
      () => done(),
      (error: unknown) => {
        this.onRefusal(error);
        done(error);
      },
    );
  }

  _removeFile(_request: Request, _file: Express.Multer.File, done: (error: Error | null) => void): void {
    void this.remove().then(() => done(null), done);
  }

  private async receive(stream: Readable): Promise<void> {
    this.received = await this.receiver.receive(stream, this.signal);
    // The file has come, the end of the form may not: multer then never finishes, and nobody takes the file.
    const giveUp = () => void this.remove().catch(() => undefined);
    if (this.signal.aborted) giveUp();
    this.signal.throwIfAborted();
    this.signal.addEventListener('abort', giveUp);
  }

  private async remove(): Promise<void> {
    const { received } = this;
    this.received = undefined;
    if (received !== undefined) await this.receiver.remove(received);
  }
}
