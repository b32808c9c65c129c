import { Writable } from 'node:stream';
import type { ServerResponse } from 'node:http';
import { giveBackChunk } from '../database/lent-chunks.js';

/** An error as streams have it when the other side goes away too early. */
function wentAway(): Error {
  return Object.assign(new Error('the client went away'), { code: 'ERR_STREAM_PREMATURE_CLOSE' });
}

/**
 * Where a download ends: hands the bytes to the system, chunk by chunk, and gives each chunk back to be filled anew once the
 * system has all of it. A failure on the way destroys the response, because a short body must not look complete.
 */
export class ResponseSink extends Writable {
  constructor(private readonly response: ServerResponse) {
    super();
    response.once('close', () => {
      if (!response.writableFinished) this.destroy(wentAway());
    });
    if (response.destroyed) this.destroy(wentAway());
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.response.write(chunk, (error) => {
      if (error) return done(wentAway());
      giveBackChunk(chunk);
      done();
    });
  }

  override _final(done: (error?: Error) => void): void {
    this.response.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (error) this.response.destroy();
    done(error);
  }
}
