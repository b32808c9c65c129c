import { Pool } from 'undici';

export interface Sent {
  method: 'GET' | 'POST';
  url: string;
  headers: Record<string, string>;
  body?: string;
}

/** Keep-alive connections to one server, by a client that needs little of the machine that is measured. */
export class HttpClient {
  private readonly pool: Pool;

  /** @param url anything on the server. @param connections requests that may be under way; more wait for their turn. */
  constructor(url: string, connections: number) {
    this.pool = new Pool(new URL(url).origin, { connections, pipelining: 1 });
  }

  /** Resolves with the whole body. @throws Error for any status but 200. */
  async send({ method, url, headers, body }: Sent): Promise<Buffer> {
    const { pathname, search } = new URL(url);
    const answer = await this.pool.request({ method, path: pathname + search, headers, body: body ?? null });
    const content = Buffer.from(await answer.body.arrayBuffer());
    if (answer.statusCode === 200) return content;
    throw new Error(`${method} ${pathname} was answered with ${answer.statusCode}: ${content.toString()}`);
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }
}
