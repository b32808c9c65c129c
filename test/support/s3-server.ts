import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { passOn } from './pass-on.js';
import { PROJECT_ROOT } from './test-server.js';

/** The one pair of keys that s3rver knows. */
const KEY = 'S3RVER';
const BUCKET = 'backups';

/**
 * An S3 on this machine with one bucket: s3rver, and in front of it what it lacks. It cannot give up an upload in parts, and
 * lets requests see each other half done.
 */
export class S3Server {
  /** Requests other than for parts, one after the other. */
  private queue: Promise<unknown> = Promise.resolve();
  /** Requests for parts that have not ended. */
  private readonly parts = new Set<Promise<unknown>>();

  private constructor(
    private readonly front: Server,
    private readonly s3rver: ChildProcess,
    private readonly target: string,
    /** Where it keeps its objects, and the files with its keys. */
    readonly folder: string,
  ) {
    front.on('request', (request, response) => this.take(request, response));
  }

  static async start(): Promise<S3Server> {
    const folder = await mkdtemp(join(tmpdir(), 'flowg-s3-'));
    await writeFile(join(folder, 'id'), `${KEY}\n`);
    await writeFile(join(folder, 'key'), `${KEY}\n`);
    const program = join(PROJECT_ROOT, 'node_modules', 's3rver', 'bin', 's3rver.js');
    const words = [
      '--silent',
      '--address',
      '127.0.0.1',
      '--port',
      '0',
      '--directory',
      join(folder, 'objects'),
    ];
    // Its pages of lists are signed with a cipher that is not offered any more.
    const child = spawn(
      process.execPath,
      ['--openssl-legacy-provider', program, ...words, '--configure-bucket', BUCKET],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const target = await addressIn(child);
    const front = createServer();
    await once(front.listen(0, '127.0.0.1'), 'listening');
    return new S3Server(front, child, target, folder);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.front.address() as AddressInfo).port}`;
  }

  /** A destination in it, as the setting says it. */
  settings(changes: Record<string, unknown> = {}) {
    return {
      type: 's3',
      bucket: BUCKET,
      prefix: 'flowg/',
      endpoint: this.url,
      path_style: true,
      access_key_id_file: join(this.folder, 'id'),
      secret_access_key_file: join(this.folder, 'key'),
      ...changes,
    };
  }

  /** Puts empty objects there. */
  async fill(keys: string[]): Promise<void> {
    const credentials = { accessKeyId: KEY, secretAccessKey: KEY };
    const client = new S3Client({
      region: 'us-east-1',
      endpoint: this.target,
      forcePathStyle: true,
      credentials,
    });
    for (const Key of keys)
      await client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: Buffer.alloc(0) }));
    client.destroy();
  }

  /** Files of objects and of parts of objects, as they lie there. */
  async kept(): Promise<string[]> {
    await Promise.all([this.queue, ...this.parts]);
    const files = await readdir(join(this.folder, 'objects'), { recursive: true, withFileTypes: true });
    const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
    return paths.filter((path) => path.endsWith('_object') || path.startsWith(this.uploadsFolder()));
  }

  async stop(): Promise<void> {
    this.front.closeAllConnections();
    await new Promise((done) => this.front.close(done));
    this.s3rver.kill();
    await once(this.s3rver, 'exit');
    await rm(this.folder, { recursive: true });
  }

  private take(request: IncomingMessage, response: ServerResponse): void {
    const { searchParams } = new URL(request.url!, this.url);
    const uploadId = searchParams.get('uploadId');
    if (searchParams.has('partNumber')) {
      const ended = this.handle(request, response);
      this.parts.add(ended);
      void ended.then(() => this.parts.delete(ended));
      return;
    }
    const isAbort = request.method === 'DELETE' && uploadId !== null;
    this.queue = this.queue.then(() =>
      isAbort ? this.forget(uploadId, request, response) : this.handle(request, response),
    );
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (response.destroyed) return;
    const closed = once(response, 'close');
    passOn(request, response, this.target);
    await closed;
  }

  private async forget(uploadId: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const remove = () => rm(this.uploadsFolder(uploadId), { recursive: true, force: true });
    await remove();
    // What a part that was on its way still wrote.
    this.parts.add(Promise.all(this.parts).then(remove));
    request.resume();
    response.writeHead(204).end();
  }

  private uploadsFolder(...upload: string[]): string {
    return join(this.folder, 'objects', BUCKET, '._S3rver_uploads', ...upload);
  }
}

/** What it prints of where it listens. */
async function addressIn(child: ChildProcess): Promise<string> {
  for await (const line of child.stdout!.setEncoding('utf8')) {
    const found = /listening on (\S+)/.exec(line as string);
    if (found) return `http://${found[1]}`;
  }
  throw new Error('s3rver did not start');
}
