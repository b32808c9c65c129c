import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Benchmarks run this file compiled, from a folder that lies deeper. */
export const PROJECT_ROOT = folderAbove(fileURLToPath(import.meta.url), 'package.json');

export interface Answer<Body = any> {
  status: number;
  headers: Headers;
  body: Body;
  text: string;
}

export interface RequestOptions {
  /** As login or `POST /token` returned it; the prefix `pat:` or `jwt:` is put in front. */
  token?: string;
  json?: unknown;
  body?: NonNullable<RequestInit['body']>;
  headers?: Record<string, string>;
}

export interface StartOptions {
  /** Settings besides addresses and data folder. */
  env?: Record<string, string>;
  /** An existing data folder; a fresh one is made, and removed at the end, where it is left out. */
  dataDir?: string;
  /** Runs before the server in the same shell: `ulimit -f 1000`. */
  shell?: string;
}

/** A real server in a process of its own, on ports that the system chooses, started as the README starts it. */
export class TestServer {
  private output = '';

  private constructor(
    private readonly child: ChildProcess,
    readonly dataDir: string,
    private readonly ownsDataDir: boolean,
    readonly options: StartOptions,
  ) {
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
  }

  static async start(options: StartOptions = {}): Promise<TestServer> {
    const server = await TestServer.launch(options);
    await server.waitFor(/listening on (\S+), explorer/);
    return server;
  }

  /** Starts without waiting for the server to listen: for starts that must fail. */
  static async launch(options: StartOptions = {}): Promise<TestServer> {
    const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'flowg-test-')));
    const start = join(PROJECT_ROOT, 'scripts', 'start.cjs');
    const command = options.shell ? `${options.shell}; exec "$0" "$@"` : 'exec "$0" "$@"';
    const child = spawn('bash', ['-c', command, process.execPath, start], {
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        FLOWG_DATA_DIR: dataDir,
        FLOWG_HTTP_BIND_ADDRESS: '127.0.0.1:0',
        FLOWG_MGMT_BIND_ADDRESS: '127.0.0.1:0',
        FLOWG_SYSLOG_BIND_ADDRESS: '127.0.0.1:0',
        ...options.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new TestServer(child, dataDir, options.dataDir === undefined, options);
  }

  /** Everything the server has printed so far. */
  get log(): string {
    return this.output;
  }

  get pid(): number {
    return this.child.pid!;
  }

  get exited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  get url(): string {
    return /listening on (\S+), explorer/.exec(this.output)![1] as string;
  }

  get managementUrl(): string {
    return /management on (\S+)/.exec(this.output)![1] as string;
  }

  get syslogPort(): number {
    return Number(/syslog on .*:(\d+)$/m.exec(this.output)![1]);
  }

  /** @throws Error with the server's output when the text does not come within `seconds` or the server ends first. */
  async waitFor(text: RegExp, seconds = 30): Promise<RegExpExecArray> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const found = text.exec(this.output);
      if (found) return found;
      if (this.exited || Date.now() > deadline) {
        throw new Error(`the server did not print ${text}; it printed:\n${this.output}`);
      }
      await new Promise((done) => setTimeout(done, 10));
    }
  }

  /** The answer as soon as its head is there: one that never ends has to be closed by `signal`. */
  fetch(method: string, path: string, options: RequestOptions = {}, signal?: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = { ...options.headers };
    if (options.token) headers.Authorization = `Bearer ${prefixed(options.token)}`;
    let body = options.body;
    if (options.json !== undefined) {
      headers['Content-Type'] ??= 'application/json';
      body = JSON.stringify(options.json);
    }
    return fetch(this.url + path, { method, headers, body, signal });
  }

  /** The status alone: what follows the head of the answer is not waited for. */
  async status(method: string, path: string, options: RequestOptions = {}): Promise<number> {
    const gone = new AbortController();
    const { status } = await this.fetch(method, path, options, gone.signal);
    gone.abort();
    return status;
  }

  async request<Body = any>(
    method: string,
    path: string,
    options: RequestOptions = {},
  ): Promise<Answer<Body>> {
    const response = await this.fetch(method, path, options);
    const text = await response.text();
    const isJson = text.startsWith('{') || text.startsWith('[');
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson ? JSON.parse(text) : undefined,
    };
  }

  /** Sends a request that must succeed. */
  async ok<Body = any>(method: string, path: string, options: RequestOptions = {}): Promise<Body> {
    const answer = await this.request<Body>(method, path, options);
    if (answer.status !== 200) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
    return answer.body;
  }

  /** @returns a JSON Web Token of the user. */
  async login(username = 'root', password = 'root'): Promise<string> {
    return (await this.ok('POST', '/api/v1/auth/login', { json: { username, password } })).token;
  }

  /** @returns a new Personal Access Token of the user that `jwt` stands for. */
  async createToken(jwt: string): Promise<string> {
    return (await this.ok('POST', '/api/v1/token', { token: jwt })).token;
  }

  /** Makes a user with a role of its own that has exactly these scopes, and logs in. @returns the JWT. */
  async createUser(adminToken: string, name: string, scopes: string[]): Promise<string> {
    await this.ok('PUT', `/api/v1/roles/${name}-role`, { token: adminToken, json: { scopes } });
    const user = { roles: [`${name}-role`], password: `${name}-password` };
    await this.ok('PUT', `/api/v1/users/${name}`, { token: adminToken, json: user });
    return this.login(name, `${name}-password`);
  }

  /** As `kill -9`. */
  async kill(): Promise<void> {
    if (this.exited) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }

  /** @returns the exit code of a server that ends by itself. */
  async ended(seconds = 30): Promise<number | NodeJS.Signals | null> {
    if (!this.exited) {
      const late = new Promise((_, reject) =>
        setTimeout(() => reject(new Error(`the server still runs:\n${this.output}`)), seconds * 1000).unref(),
      );
      await Promise.race([once(this.child, 'exit'), late]);
    }
    return this.child.exitCode ?? this.child.signalCode;
  }

  /** Graceful stop; removes the data folder if it was made for this server. */
  async stop(): Promise<void> {
    if (!this.exited) {
      this.child.kill('SIGTERM');
      await once(this.child, 'exit');
    }
    if (this.ownsDataDir) await rm(this.dataDir, { recursive: true, force: true });
  }

  /** A new process on the same data folder, which goes with the new one. */
  async restarted(env: Record<string, string> = {}): Promise<TestServer> {
    if (!this.exited) {
      this.child.kill('SIGTERM');
      await once(this.child, 'exit');
    }
    return TestServer.start({ ...this.options, dataDir: this.dataDir, env: { ...this.options.env, ...env } });
  }
}

function prefixed(token: string): string {
  return token.startsWith('pat_') ? `pat:${token}` : `jwt:${token}`;
}

function folderAbove(path: string, file: string): string {
  const folder = dirname(path);
  return existsSync(join(folder, file)) ? folder : folderAbove(folder, file);
}
