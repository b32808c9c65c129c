import { rm } from 'node:fs/promises';
import { expect } from 'vitest';
import type { Permission } from '#src/auth/permissions.js';
import { PROJECT_ROOT, TestServer } from '../support/test-server.js';

/** For what comes by itself, on a machine that has other things to do. */
export const PATIENCE = { timeout: 10_000 };

/** Who asks: root, nobody, or somebody with exactly these permissions. */
export type Who = 'root' | 'guest' | Permission[];

export interface Ask {
  /** Root where it is left out. */
  as?: Who;
  method: string;
  path: string;
  headers?: Record<string, string>;
  /** Sent as `application/json`. */
  json?: unknown;
  /** Sent as it is, without a `Content-Type` of its own. */
  body?: string | Buffer | FormData;
}

export interface Reply {
  status: number;
  headers: Headers;
  bytes: Buffer;
  text: string;
}

/** What was asked and how it was answered, for the count of what has been proved. */
interface Asked {
  method: string;
  path: string;
  status: number;
}

/** The server that is looked at, everybody who asks it something, and what they asked. */
export class Api {
  server: TestServer;
  readonly asked: Asked[] = [];
  private restarted = false;
  private readonly tokens = new Map<string, Promise<string>>();

  constructor(private readonly env: Record<string, string> = {}) {}

  async start(): Promise<void> {
    this.server = await TestServer.start({ env: { FLOWG_HTTP_BODY_LIMIT_MB: '1', ...this.env } });
  }

  async stop(): Promise<void> {
    await this.server.stop();
    // A server that was started on data of another one leaves them.
    if (this.restarted) await rm(this.server.dataDir, { recursive: true });
  }

  /** A new process on the same data. Tokens are kept, as clients would keep them. */
  async restart(): Promise<void> {
    this.server = await this.server.restarted();
    this.restarted = true;
  }

  async ask({ as = 'root', method, path, headers, json, body }: Ask): Promise<Reply> {
    const token = await this.tokenOf(as);
    const sent = typeof body === 'string' ? Buffer.from(body) : body;
    const response = await this.server.fetch(method, path, { token, headers, json, body: sent as never });
    const bytes = Buffer.from(await response.arrayBuffer());
    this.note(method, path, response.status);
    const reply = { status: response.status, headers: response.headers, bytes, text: bytes.toString() };
    this.expectDiscretion(reply);
    return reply;
  }

  /** @returns the body of an answer that must be a success. */
  async ok<Body = any>(method: string, path: string, json?: unknown, as: Who = 'root'): Promise<Body> {
    const reply = await this.ask({ as, method, path, json });
    if (reply.status !== 200) throw new Error(`${method} ${path} answered ${reply.status}: ${reply.text}`);
    return JSON.parse(reply.text);
  }

  /** For what is asked without `ask`. */
  note(method: string, path: string, status: number): void {
    this.asked.push({ method, path: path.split('?')[0]!, status });
  }

  tokenOf(who: Who): Promise<string | undefined> {
    if (who === 'guest') return Promise.resolve(undefined);
    const key = who === 'root' ? who : `has ${who.toSorted().join(' ')}`;
    let token = this.tokens.get(key);
    if (!token) {
      token = who === 'root' ? this.server.login() : this.newUser(who);
      this.tokens.set(key, token);
    }
    return token;
  }

  private async newUser(permissions: Permission[]): Promise<string> {
    const name = `somebody-${this.tokens.size}`;
    return this.server.createUser((await this.tokenOf('root'))!, name, permissions);
  }

  /** No answer, whatever it is, tells where the server lies or how it is built. */
  private expectDiscretion({ headers, text }: Reply): void {
    expect(text).not.toContain(this.server.dataDir);
    expect(text).not.toContain(PROJECT_ROOT);
    expect(text).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
    for (const name of ['set-cookie', 'x-powered-by', 'x-correlation-id', 'content-encoding'])
      expect(headers.get(name), name).toBeNull();
  }
}
