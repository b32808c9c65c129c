import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from 's3rver';

/** The one pair of keys that s3rver knows. */
const KEY = 'S3RVER';
const BUCKET = 'backups';

/**
 * An S3 on this machine with one bucket: s3rver, and what it lacks. It forgets no upload in parts, and lets requests see
 * each other half done; a real one does neither.
 */
export class S3Server {
  /** Requests other than for parts, one after the other. */
  private queue: Promise<unknown> = Promise.resolve();
  /** Requests for parts that have not ended. */
  private readonly parts = new Set<Promise<unknown>>();

  private constructor(
    private readonly server: Server,
    private readonly handle: RequestListener,
    /** Where it keeps its objects, and the files with its keys. */
    readonly folder: string,
  ) {
    server.on('request', (request, response) => this.take(request, response));
  }

  static async start(): Promise<S3Server> {
    const folder = await mkdtemp(join(tmpdir(), 'flowg-s3-'));
    await writeFile(join(folder, 'id'), `${KEY}\n`);
    await writeFile(join(folder, 'key'), `${KEY}\n`);
    const s3rver = new S3rver({
      silent: true,
      directory: join(folder, 'objects'),
      configureBuckets: [{ name: BUCKET, configs: [] }],
    });
    await s3rver.configureBuckets();
    const server = createServer();
    const started = new S3Server(server, s3rver.callback(), folder);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return started;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
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

  /** Files of objects and of parts of objects, as they lie there. */
  async kept(): Promise<string[]> {
    await Promise.all([this.queue, ...this.parts]);
    const files = await readdir(join(this.folder, 'objects'), { recursive: true, withFileTypes: true });
    const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
    return paths.filter((path) => path.endsWith('_object') || path.startsWith(this.uploadsFolder()));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
    await rm(this.folder, { recursive: true });
  }

  private take(request: IncomingMessage, response: ServerResponse): void {
    const { searchParams } = new URL(request.url!, this.url);
    const uploadId = searchParams.get('uploadId');
    if (searchParams.has('partNumber')) {
      const ended = this.passOn(request, response);
      this.parts.add(ended);
      void ended.then(() => this.parts.delete(ended));
      return;
    }
    const isAbort = request.method === 'DELETE' && uploadId !== null;
    this.queue = this.queue.then(() =>
      isAbort ? this.forget(uploadId, request, response) : this.passOn(request, response),
    );
  }

  private async passOn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (response.destroyed) return;
    const closed = once(response, 'close');
    this.handle(request, response);
    await closed;
  }

  private async forget(uploadId: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    await Promise.all(this.parts);
    await rm(this.uploadsFolder(uploadId), { recursive: true });
    request.resume();
    response.writeHead(204).end();
  }

  private uploadsFolder(...upload: string[]): string {
    return join(this.folder, 'objects', BUCKET, '._S3rver_uploads', ...upload);
  }
}
