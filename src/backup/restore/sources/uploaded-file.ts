import { receiveUpload } from '../../upload/receive-upload.js';
import type { UploadReceiver } from '../../upload/upload-receiver.js';
import { type Received, type RestoreRequest, RestoreSource } from './restore-source.js';

/** A file that somebody sends. */
export class UploadedFile extends RestoreSource {
  constructor(
    asked: RestoreRequest,
    /** Without a byte, after which it is given up. */
    private readonly idleSeconds: number,
  ) {
    super(asked);
  }

  receive<R extends Received>(receiver: UploadReceiver<R>): Promise<R> {
    const { request, response } = this.asked;
    return receiveUpload(request, response, receiver, this.idleSeconds);
  }
}
