import type { Socket } from 'node:net';
import type { Reception } from '../reception.js';
import type { Sender } from '../sender.js';
import { countDropped } from '../syslog-metrics.js';
import { FrameSplitter } from './frame-splitter.js';

/**
 * Brings the messages of a connection to the reception until it ends, and then closes it. While there is no room
 * nothing is read, and the other side has to wait: nothing of what it sends is dropped.
 */
export async function receiveFrames(socket: Socket, sender: Sender, reception: Reception): Promise<void> {
  const frames = new FrameSplitter(() => countDropped('oversized'));
  // The loop hears of errors while it reads; one that comes later must not end the process.
  socket.on('error', () => undefined);
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      for (const frame of frames.push(chunk)) {
        const room = reception.put(frame, sender);
        if (room) await room;
      }
      if (frames.isLost) break;
    }
  } catch {
    // The connection was reset, or closed by a stop: what has arrived counts all the same.
  }
  const rest = frames.end();
  if (rest) await reception.put(rest, sender);
}
