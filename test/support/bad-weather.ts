import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';
import { passOn } from './pass-on.js';

/**
 * What becomes of a request on its way. `silent`: it is taken, and nothing ever comes back. `answer`: it does not get there,
 * something else is answered. `up` and `down` are about bodies on the way there and back: after so many bytes the connection is
 * cut, or nothing moves any more.
 */
export type Weather =
  | 'fair'
  | 'silent'
  | { answer: number; code?: string; headers?: Record<string, string>; text?: string }
  | { up: 'cut' | 'stall'; after: number }
  | { down: 'cut' | 'stall'; after: number };

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

  static async before(target: string): Promise<BadWeather> {
    const server = createServer();
    const proxy = new BadWeather(server, target);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
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

/** Lets so many bytes pass. */
function obstacle(kind: 'cut' | 'stall', after: number, response: ServerResponse): Transform {
  let left = after;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const passing = chunk.subarray(0, left);
      left -= passing.length;
      if (left > 0) return done(null, passing);
      this.push(passing);
      // Not called back: nothing comes any more, and nothing more is taken.
      if (kind === 'cut') setTimeout(() => response.socket?.destroy(), 20);
    },
  });
}
