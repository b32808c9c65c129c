import type { Answer, RequestOptions } from '../support/test-server.js';
import { TestServer } from '../support/test-server.js';

/** The server that is soaked, over all its lives, with a token that survives them. */
export class Subject {
  kills = 0;
  /** Of the start after a kill that took longest, milliseconds. */
  slowestStartMs = 0;

  private constructor(
    public server: TestServer,
    readonly token: string,
  ) {}

  static async start(env: Record<string, string>): Promise<Subject> {
    const server = await TestServer.start({ env });
    return new Subject(server, await server.createToken(await server.login()));
  }

  request<Body = any>(method: string, path: string, options: RequestOptions = {}): Promise<Answer<Body>> {
    return this.server.request<Body>(method, path, { token: this.token, ...options });
  }

  ok<Body = any>(method: string, path: string, options: RequestOptions = {}): Promise<Body> {
    return this.server.ok<Body>(method, path, { token: this.token, ...options });
  }

  /** As `kill -9`, and a new start on the same data folder. */
  async killAndStart(): Promise<void> {
    await this.server.kill();
    this.kills++;
    const started = Date.now();
    this.server = await this.server.restarted();
    this.slowestStartMs = Math.max(this.slowestStartMs, Date.now() - started);
  }
}
