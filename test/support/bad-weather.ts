import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';
import { passOn } from './pass-on.js';

/**
 * What becomes of a request on its way. `silent`: it is taken, and nothing ever comes back. `answer`: it does not get there,
 * something else is answered. `up` and `down` are about bodies on the way there and back: after so many bytes the connection is
 * cut, or nothing moves any more, or a bit changes; or so many bytes go slowly.
 */
export type Weather =
  | 'fair'
  | 'silent'
  | { answer: number; code?: string; headers?: Record<string, string>; text?: string }
  | { up: Obstacle; after: number }
  | { down: Obstacle; after: number };

type Obstacle = 'cut' | 'stall' | 'garble' | 'slow';

/** For what comes at once, some ten kilobytes. */
const SLOW_MILLISECONDS = 50;

/** A proxy in front of an S3 with whatever can go wrong on the way to it. */
export class BadWeather {
  /** Of every request, as the test wants it. */
  weather: (request: IncomingMessage) => Weather = () => 'fair';
  /** Method and path of every request that came. */
  readonly requests: string[] = [];

  private constructor(
    private readonly server: Server,
    private readonly target: string,
  ) {
    server.on('request', (request, response) => this.take(request, response));
  }

  /** @param port 0: one that is free. */
  static async before(target: string, port = 0): Promise<BadWeather> {
    const server = createServer();
    const proxy = new BadWeather(server, target);
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Ends what stands still. */
  clear(): void {
    this.weather = () => 'fair';
    this.server.closeAllConnections();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  private take(request: IncomingMessage, response: ServerResponse): void {
    this.requests.push(`${request.method} ${request.url}`);
    const weather = this.weather(request);
    if (weather === 'silent') return void request.resume();
    if (weather !== 'fair' && 'answer' in weather) return answer(request, response, weather);
    passOn(request, response, this.target, {
      up:
        typeof weather === 'object' && 'up' in weather
          ? obstacle(weather.up, weather.after, response)
          : undefined,
      down:
        typeof weather === 'object' && 'down' in weather
          ? obstacle(weather.down, weather.after, response)
          : undefined,
    });
  }
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { answer: status, code = 'Other', headers, text }: Extract<Weather, { answer: number }>,
): void {
  request.resume();
  const body =
    text ?? `<?xml version="1.0"?><Error><Code>${code}</Code><Message>the test says so</Message></Error>`;
  response.writeHead(status, { 'Content-Type': 'application/xml', ...headers });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function obstacle(kind: Obstacle, after: number, response: ServerResponse): Transform {
  let left = after;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const passing = chunk.subarray(0, left);
      left -= passing.length;
      if (kind === 'slow')
        return left > 0 ? void setTimeout(done, SLOW_MILLISECONDS, null, chunk) : done(null, chunk);
      if (left > 0) return done(null, passing);
      if (kind === 'garble') return done(null, garbled(chunk, passing.length));
      this.push(passing);
      // Not called back: nothing comes any more, and nothing more is taken.
      if (kind === 'cut') setTimeout(() => response.socket?.destroy(), 20);
    },
  });
}

/** @param position of the byte of which one bit changes. */
function garbled(chunk: Buffer, position: number): Buffer {
  const other = Buffer.from(chunk);
  other[Math.min(position, chunk.length - 1)]! ^= 1;
  return other;
}
