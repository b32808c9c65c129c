import { CreateMultipartUploadCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BodyChecks } from './body-checks.js';
import { passOn } from './pass-on.js';
import { PROJECT_ROOT } from './test-server.js';

/** The one pair of keys that s3rver knows. */
const KEY = 'S3RVER';
const BUCKET = 'backups';

/**
 * An S3 on this machine with one bucket: s3rver, and in front of it what it lacks. It cannot list or give up uploads in parts,
 * lets requests see each other half done, and takes bytes without looking: here a checksum has to come with each body, and has
 * to be its own.
 */
export class S3Server {
  /** Requests other than for parts, one after the other. */
  private queue: Promise<unknown> = Promise.resolve();
  /** Requests for parts that have not ended. */
  private readonly parts = new Set<Promise<unknown>>();
  private readonly checks = new BodyChecks();

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
    await this.directly(async (client) => {
      for (const Key of keys)
        await client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: Buffer.alloc(0) }));
    });
  }

  /** Begins an upload in parts that nobody brings to an end. */
  async beginUpload(Key: string): Promise<void> {
    await this.directly((client) =>
      client.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key })).then(() => undefined),
    );
  }

  /** Files of objects and of parts of objects, as they lie there. */
  async kept(): Promise<string[]> {
    await Promise.all([this.queue, ...this.parts]);
    const files = await readdir(join(this.folder, 'objects'), { recursive: true, withFileTypes: true });
    const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
    return paths.filter((path) => path.endsWith('_object') || path.startsWith(this.uploadsFolder()));
  }

  /** What is on its way in parts, by the ids of the uploads: the keys. */
  async uploads(): Promise<Map<string, string>> {
    const ids = await readdir(this.uploadsFolder()).catch(() => []);
    const keys = ids.map((id) => readFile(join(this.uploadsFolder(id), 'key'), 'utf8'));
    return new Map((await Promise.all(keys)).map((key, index) => [ids[index]!, key]));
  }

  async stop(): Promise<void> {
    this.front.closeAllConnections();
    await new Promise((done) => this.front.close(done));
    this.s3rver.kill();
    await once(this.s3rver, 'exit');
    await rm(this.folder, { recursive: true });
  }

  private async directly(work: (client: S3Client) => Promise<void>): Promise<void> {
    const credentials = { accessKeyId: KEY, secretAccessKey: KEY };
    const client = new S3Client({
      region: 'us-east-1',
      endpoint: this.target,
      forcePathStyle: true,
      credentials,
    });
    await work(client).finally(() => client.destroy());
  }

  private take(request: IncomingMessage, response: ServerResponse): void {
    const { searchParams } = new URL(request.url!, this.url);
    if (searchParams.has('partNumber')) {
      const ended = this.handle(request, response);
      this.parts.add(ended);
      void ended.then(() => this.parts.delete(ended));
      return;
    }
    const way = this.wayOf(request.method!, searchParams);
    this.queue = this.queue.then(() => way.call(this, request, response));
  }

  private wayOf(method: string, query: URLSearchParams) {
    if (method === 'DELETE' && query.has('uploadId')) return this.forget;
    return method === 'GET' && query.has('uploads') ? this.listUploads : this.handle;
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (response.destroyed) return;
    const closed = once(response, 'close');
    const up = this.checks.of(request, response);
    up?.once('error', ({ message }) => {
      const body = `<?xml version="1.0"?><Error><Code>${message}</Code></Error>`;
      response.writeHead(400, { 'Content-Type': 'application/xml' }).end(body);
    });
    passOn(request, response, this.target, { up });
    await closed;
  }

  /** In pages of one each, so that whoever looks only at the first is found out. */
  private async listUploads(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { searchParams } = new URL(request.url!, this.url);
    const [prefix, after] = ['prefix', 'upload-id-marker'].map((name) => searchParams.get(name) ?? '');
    const found = [...(await this.uploads())].filter(([id, key]) => key.startsWith(prefix!) && id > after!);
    const [first] = found.toSorted(([a], [b]) => (a < b ? -1 : 1));
    const upload = first && `<Upload><UploadId>${first[0]}</UploadId><Key>${first[1]}</Key></Upload>`;
    const next = `<NextKeyMarker>${first?.[1]}</NextKeyMarker><NextUploadIdMarker>${first?.[0]}</NextUploadIdMarker>`;
    const page = `<IsTruncated>${found.length > 1}</IsTruncated>${upload ?? ''}${found.length > 1 ? next : ''}`;
    request.resume();
    response
      .writeHead(200, { 'Content-Type': 'application/xml' })
      .end(`<?xml version="1.0"?><ListMultipartUploadsResult>${page}</ListMultipartUploadsResult>`);
  }

  private async forget(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const uploadId = new URL(request.url!, this.url).searchParams.get('uploadId')!;
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
