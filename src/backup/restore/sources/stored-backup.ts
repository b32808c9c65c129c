import { Problem } from '../../../problems.js';
import type { Destination } from '../../destinations/destination.js';
import { destinationProblem } from '../../destinations/destination-problem.js';
import { openStored, storedFault } from '../../stored/read-stored.js';
import { StoredFault } from '../../stored/stored-fault.js';
import type { StoredRun } from '../../stored/stored-run.js';
import type { UploadReceiver } from '../../upload/upload-receiver.js';
import { type Received, type RestoreRequest, RestoreSource } from './restore-source.js';

/** A backup that the server has stored itself. Counts only if it is, to the last bit, what the catalogue says of it. */
export class StoredBackup extends RestoreSource {
  override readonly fromBackup: string;

  constructor(
    asked: RestoreRequest,
    private readonly destination: Destination,
    private readonly run: StoredRun,
  ) {
    super(asked);
    this.fromBackup = run.id;
  }

  async receive<R extends Received>(receiver: UploadReceiver<R>): Promise<R> {
    const gone = this.gone();
    try {
      const content = await openStored(this.destination, this.run, gone);
      const received = await receiver.receive(content.stream, gone);
      try {
        content.requireUnchanged(received);
        return received;
      } catch (error) {
        await receiver.remove(received);
        throw error;
      }
    } catch (error) {
      gone.throwIfAborted();
      throw this.asProblem(storedFault(error));
    }
  }

  private asProblem(error: unknown): unknown {
    if (!(error instanceof StoredFault)) return destinationProblem(error);
    return new Problem(
      'BAD_GATEWAY',
      `backup ${this.run.id} cannot be restored, its stored copy is not what it was: ${error.message}; ` +
        'nothing was changed; choose another, GET /api/v1/backups lists them',
    );
  }
}
