import type { Request, Response } from 'express';
import { clientGone } from '../../client-gone.js';
import type { Requester } from '../../requester.js';
import type { UploadReceiver } from '../../upload/upload-receiver.js';

/** A request for a restore. */
export interface RestoreRequest {
  requester: Requester;
  request: Request;
  response: Response;
}

/** What a source has brought. */
export interface Received {
  /** Of all that came. */
  bytes: number;
  /** Of all that came, lower-case hexadecimal. */
  sha256: string;
}

/** Where the bytes of a restore come from. */
export abstract class RestoreSource {
  readonly requester: Requester;
  /** Id of the backup that is taken from where the server has stored it; undefined for a file that somebody sends. */
  readonly fromBackup?: string;

  constructor(protected readonly asked: RestoreRequest) {
    this.requester = asked.requester;
  }

  /** @throws whatever keeps it from coming as a whole; what had been received is gone then. */
  abstract receive<R extends Received>(receiver: UploadReceiver<R>): Promise<R>;

  /** True once the client has gone away: what fails then was not refused. */
  aborted(): boolean {
    return this.asked.request.socket.destroyed;
  }

  /** Tells when nobody waits for the result any more. */
  gone(): AbortSignal {
    return clientGone(this.asked.response);
  }
}
