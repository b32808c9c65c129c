import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { once } from 'node:events';
import type { Caller } from '../../auth/caller.js';
import { CallerRights } from '../../auth/caller-rights.js';
import { SETTINGS, type Settings } from '../../settings.js';
import { isBehind, type Position } from '../entries/stored-entry.js';
import type { Fields } from '../record.js';
import { errorEvent, HEARTBEAT, logEvent } from './event-text.js';
import { LiveEvents, type Watch } from './live-events.js';
import { ReplayStore } from './replay.store.js';
import { WatchHub } from './watch-hub.js';

/** Sends what is stored in a stream to those who watch it, until they leave, may not any more, or the server stops. */
@Injectable()
export class WatchService implements BeforeApplicationShutdown {
  private readonly open = new Set<Response>();

  constructor(
    private readonly hub: WatchHub,
    private readonly replays: ReplayStore,
    private readonly rights: CallerRights,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  beforeApplicationShutdown(): void {
    for (const response of this.open) response.end();
  }

  /** Resolves when the watch has ended. The head of the response is out when this begins. */
  async send(watch: Watch, caller: Caller, response: Response): Promise<void> {
    const closed = once(response, 'close');
    this.open.add(response);
    const forgetRights = this.rights.whileAllowed(caller, 'read_streams', () => {
      // Who takes nothing is not waited for: what is on its way would be read without the right to.
      if (response.writableNeedDrain) response.destroy();
      else response.end(errorEvent('the token may not read this stream any more'));
    });
    const heartbeat = this.keepAlive(response);
    const live = new LiveEvents(watch, this.hub, response, this.settings.watch.queueSize);
    try {
      if (watch.after) await this.replay(watch, watch.after, live, response);
      await closed;
    } finally {
      live.end();
      clearInterval(heartbeat);
      forgetRights();
      this.open.delete(response);
    }
  }

  /** Over and over until little enough is stored during a replay to be kept meanwhile. */
  private async replay(
    { stream, matches }: Watch,
    after: Position,
    live: LiveEvents,
    response: Response,
  ): Promise<void> {
    let last = after;
    do {
      live.hold();
      const { pages, newest } = await this.replays.behind(stream, last);
      for await (const page of pages) {
        for (const entry of page) {
          if (response.closed || response.writableEnded) return;
          if (!matches(JSON.parse(entry.fields) as Fields)) continue;
          if (!response.write(logEvent(stream, entry))) await drained(response);
        }
      }
      if (newest && isBehind(newest, last)) last = newest;
    } while (live.tooMuchHeld);
    live.release(last);
  }

  private keepAlive(response: Response): NodeJS.Timeout {
    let silentSince = Date.now();
    const beat = () => {
      if (response.writableEnded) return;
      if (!response.writableNeedDrain) {
        silentSince = Date.now();
        response.write(HEARTBEAT);
      } else if (Date.now() - silentSince > this.settings.transferIdleSeconds * 1000) response.destroy();
    };
    return setInterval(beat, this.settings.watch.heartbeatSeconds * 1000).unref();
  }
}

/** Also when the client has gone. */
async function drained(response: Response): Promise<void> {
  if (response.closed) return;
  const gone = new AbortController();
  const close = () => gone.abort();
  response.once('close', close);
  await once(response, 'drain', { signal: gone.signal }).catch(() => undefined);
  response.off('close', close);
}
