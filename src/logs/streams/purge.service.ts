import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { failpoint } from '../../failpoints.js';
import { Problem } from '../../problems.js';
import { PurgeStore } from './purge.store.js';

/** Removes streams of any size, in pieces between which everybody else writes. */
@Injectable()
export class PurgeService implements BeforeApplicationShutdown {
  private stopping = false;

  constructor(private readonly store: PurgeStore) {}

  beforeApplicationShutdown(): void {
    this.stopping = true;
  }

  /**
   * Removes a stream with everything in it; an absent one is fine. It is gone for every other request at once.
   * Resolves when the last row is.
   */
  async purge(stream: string): Promise<void> {
    const id = await this.store.detach(stream);
    if (id !== undefined) await this.empty(id);
  }

  /** Ends what a stop, a crash, or the server that a restored backup comes from has left half removed. */
  async resumePurges(): Promise<void> {
    for (const id of await this.store.detached()) await this.empty(id);
  }

  /** @throws Problem UNAVAILABLE when the server stops meanwhile. */
  private async empty(streamId: number): Promise<void> {
    while (await this.store.removeChunk(streamId)) {
      await failpoint('purge.chunk');
      if (this.stopping)
        throw new Problem('UNAVAILABLE', 'the server is stopping: it removes the rest when it starts again');
    }
  }
}
