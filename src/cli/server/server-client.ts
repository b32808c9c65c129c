import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Readable } from 'node:stream';
import { EXIT, Failure } from '../failure.js';
import type { Shell } from '../shell.js';
import { type Answer, readAnswer } from './answer.js';
import { serverUrl } from './server-url.js';
import { authorization } from './token.js';

export interface ServerOptions {
  url?: string;
  tokenFile?: string;
}

export interface Body {
  type: string;
  bytes: number;
  stream: Readable;
}

/** Silence after which a server is given up, except while it works on what it was sent. */
const IDLE_SECONDS = 120;
/** A server that checks a large backup says nothing for long: this tells a slow one from one that is gone. */
const KEEP_ALIVE_SECONDS = 30;

/** How long a server may take to say that it wants a body: not every one knows how to. */
const CONTINUE_MILLISECONDS = 1000;

/** The server as the command sees it. Every method throws a Failure. */
export class ServerClient {
  private constructor(
    readonly url: URL,
    private readonly credential: string,
    private readonly signal: AbortSignal,
  ) {}

  static async of(options: ServerOptions, shell: Shell): Promise<ServerClient> {
    const url = serverUrl(options.url ?? shell.url);
    return new ServerClient(url, await authorization(options.tokenFile, shell.token), shell.signal);
  }

  /** @param path behind `/api/v1/`. */
  async json(method: 'GET' | 'POST', path: string, body?: Body): Promise<Answer> {
    return readAnswer(await this.send(method, path, body), this.url);
  }

  /** An answer that is a file; its stream fails when the connection breaks. */
  async download(path: string): Promise<IncomingMessage> {
    const response = await this.send('GET', path);
    // Any other answer is a refusal, which is thrown.
    if (response.statusCode !== 200) await readAnswer(response, this.url);
    return response;
  }

  /** What a broken connection is to the person who waits. */
  brokenOff(error: unknown): Failure {
    const { code, message } = error as NodeJS.ErrnoException;
    const words: Record<string, string> = {
      ECONNREFUSED: 'nobody listens there: is the server running?',
      ENOTFOUND: 'there is no machine of this name',
      ECONNRESET: 'the connection was cut',
      EPIPE: 'the connection was cut',
      ERR_STREAM_PREMATURE_CLOSE: 'the connection was cut',
    };
    return new Failure(EXIT.unreachable, `${this.url.origin}: ${words[code ?? ''] ?? (message || code)}`);
  }

  private send(method: string, path: string, body?: Body): Promise<IncomingMessage> {
    const send = this.url.protocol === 'https:' ? requestHttps : requestHttp;
    const request = send(new URL(`api/v1/${path}`, this.url), {
      method,
      signal: this.signal,
      headers: {
        Authorization: this.credential,
        ...(body && { 'Content-Type': body.type, 'Content-Length': body.bytes, Expect: '100-continue' }),
      },
    });
    const silence = () => request.destroy(new Error(`no answer for ${IDLE_SECONDS} seconds`));
    request.setTimeout(IDLE_SECONDS * 1000, silence);
    request.on('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE_SECONDS * 1000));
    return new Promise((resolve, reject) => {
      request.on('response', resolve);
      request.on('error', (error) => reject(this.brokenOff(error)));
      if (body) this.sendBody(request, body, reject);
      else request.end();
    });
  }

  /**
   * Asks before it sends, so that nothing large is sent to a server that refuses it by its head. The server may also
   * answer before it has read all of it, and is heard then.
   */
  private sendBody(request: ClientRequest, { stream }: Body, reject: (error: unknown) => void): void {
    let begun = false;
    const begin = () => {
      if (!begun) stream.pipe(request);
      begun = true;
    };
    const impatience = setTimeout(begin, CONTINUE_MILLISECONDS);
    request.on('continue', begin);
    request.on('finish', () => request.setTimeout(0));
    request.on('close', () => clearTimeout(impatience));
    request.on('response', (response) => {
      clearTimeout(impatience);
      stream.unpipe(request);
      stream.destroy();
      response.on('end', () => request.destroy());
    });
    stream.on('error', (error) => {
      reject(error);
      request.destroy();
    });
    request.flushHeaders();
  }
}
