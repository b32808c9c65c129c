import type { TestServer } from '../support/test-server.js';

export interface ServerSentEvent {
  id?: string;
  event?: string;
  data?: string;
  /** The lines as they came. */
  text: string;
}

/** A client of server-sent events that keeps everything it got. */
export class EventStream {
  readonly events: ServerSentEvent[] = [];
  readonly comments: string[] = [];
  /** True once the server has ended the answer. */
  ended = false;
  private readonly gone = new AbortController();

  private constructor(readonly response: Response) {}

  static async open(
    server: TestServer,
    path: string,
    options: { token?: string; lastEventId?: string } = {},
  ): Promise<EventStream> {
    const headers: Record<string, string> = options.lastEventId
      ? { 'Last-Event-ID': options.lastEventId }
      : {};
    const gone = new AbortController();
    const response = await server.fetch('GET', path, { token: options.token, headers }, gone.signal);
    const stream = new EventStream(response);
    stream.gone.signal.addEventListener('abort', () => gone.abort());
    if (response.status === 200) void stream.read();
    return stream;
  }

  /** The records of all events of the type `log`. */
  get records(): { timestamp: string; fields: Record<string, string> }[] {
    return this.events.filter(({ event }) => event === 'log').map(({ data }) => JSON.parse(data!));
  }

  close(): void {
    this.gone.abort();
  }

  async until(what: (stream: this) => boolean, seconds = 10): Promise<void> {
    const deadline = Date.now() + seconds * 1000;
    while (!what(this)) {
      if (Date.now() > deadline)
        throw new Error(
          `it did not come to that; there are ${this.events.length} events, ended: ${this.ended}`,
        );
      await new Promise((done) => setTimeout(done, 10));
    }
  }

  private async read(): Promise<void> {
    let text = '';
    try {
      for await (const chunk of this.response.body!.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        const blocks = text.split('\n\n');
        text = blocks.pop()!;
        for (const block of blocks) this.take(block);
      }
      this.ended = true;
    } catch {
      this.ended = !this.gone.signal.aborted;
    }
  }

  private take(block: string): void {
    if (block.startsWith(':')) {
      this.comments.push(block);
      return;
    }
    const event: ServerSentEvent = { text: block };
    for (const line of block.split('\n')) {
      const [, name, value] = /^(id|event|data): (.*)$/s.exec(line)!;
      event[name as 'id' | 'event' | 'data'] = value!;
    }
    this.events.push(event);
  }
}
