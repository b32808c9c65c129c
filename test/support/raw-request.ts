import { connect, type Socket } from 'node:net';
import type { TestServer } from './test-server.js';

/** A request on a socket of its own, to send what no client library sends and to see what comes when. */
export class RawRequest {
  /** Everything that the server has sent so far. */
  received = '';
  readonly closed: Promise<string>;

  private constructor(readonly socket: Socket) {
    socket.setEncoding('latin1').on('data', (text: string) => (this.received += text));
    // A server that has said no may cut the connection while we are still sending.
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => socket.on('close', () => resolve(this.received)));
  }

  /** @param head the first line and header fields, without `Host` and without the empty line at the end. */
  static send(server: TestServer, ...head: string[]): RawRequest {
    const { hostname, port } = new URL(server.url);
    const request = new RawRequest(connect(Number(port), hostname));
    request.socket.write(`${head[0]}\r\n${['Host: test', ...head.slice(1)].join('\r\n')}\r\n\r\n`);
    return request;
  }

  /** @throws Error when the text does not come within `seconds`. */
  async waitFor(text: RegExp, seconds = 10): Promise<void> {
    const deadline = Date.now() + seconds * 1000;
    while (!text.test(this.received)) {
      if (this.socket.closed || Date.now() > deadline)
        throw new Error(`the server did not send ${text}, but: ${this.received}`);
      await new Promise((done) => setTimeout(done, 5));
    }
  }
}

/** The first bytes of a multipart upload of one file, and the last ones. */
export const UPLOAD_FORM = {
  type: 'multipart/form-data; boundary=cut',
  start: '--cut\r\nContent-Disposition: form-data; name="backup"; filename="a.db"\r\n\r\n',
  end: '\r\n--cut--\r\n',
};
