import { Agent, request } from 'node:http';

/** One keep-alive connection, without what `fetch` adds to each request. */
export class HttpClient {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(
    private readonly url: string,
    private readonly headers: Record<string, string> = {},
  ) {}

  /** Resolves with the whole body. @throws Error for any status but 200. */
  get(path: string): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const sent = request(this.url + path, { agent: this.agent, headers: this.headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const body = Buffer.concat(chunks);
          if (response.statusCode === 200) resolve(body);
          else reject(new Error(`GET ${path} was answered with ${response.statusCode}: ${body.toString()}`));
        });
      });
      sent.on('error', reject);
      sent.end();
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
