import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RestorableName } from '#src/database/database.js';
import { type Digests, download, NAMES } from '../support/backup-client.js';
import {
  liveDigests,
  liveFiles,
  openBelow,
  strayDescriptors,
  strayFiles,
  walBytes,
} from '../support/live-state.js';
import { TestServer } from '../support/test-server.js';
import { makeTwoStates } from '../support/two-states.js';
import { type Call, FailingIo, type Fault } from './failing-io.js';
import type { Operation, Outcome, Site } from './operations.js';

/** What goes on behind an answer, closing and removing the old generation, may take so long. */
const CLEANUP_MILLISECONDS = 5000;
/** So long the fault stays for it. */
const FAULTY_CLEANUP_MILLISECONDS = 200;

export interface Attempt {
  outcome: Outcome;
  /** In their order. */
  refused: Call[];
  before: Digests;
  after: Digests;
  /** Databases of which the pointer names another generation than before. */
  switched: RestorableName[];
}

/** A server whose file operations fail on demand, and what it may leave behind when they do. */
export class FaultyServer {
  /** What could not be removed, because removing it failed: it stays until the next start. */
  readonly excused = new Set<string>();

  private constructor(
    readonly site: Site,
    private readonly dataDir: string,
    private readonly io: FailingIo,
  ) {}

  static async start(): Promise<FaultyServer> {
    const io = await FailingIo.compile();
    const dataDir = await mkdtemp(join(tmpdir(), 'flowg-faults-'));
    const server = await TestServer.start({ dataDir, env: io.environment(dataDir) });
    const token = await server.createToken(await server.login());
    return new FaultyServer({ server, token, states: await makeTwoStates(server, token) }, dataDir, io);
  }

  /** @param nth the operation that fails, counted from 1; with 0 none does. */
  async attempt(operation: Operation, fault: Fault, nth: number): Promise<Attempt & { calls: number }> {
    await operation.prepare?.(this.site);
    const before = await liveDigests(this.dataDir);
    const generations = await liveFiles(this.dataDir);
    await this.io.arm(fault, nth);
    const outcome = await operation.run(this.site, before);
    await this.cleanUp(FAULTY_CLEANUP_MILLISECONDS);
    const calls = await this.io.disarm();
    const refused = calls.filter((call) => call.refused);
    if (refused.some(excuses)) for (const file of await strayFiles(this.dataDir)) this.excused.add(file);
    const after = await liveDigests(this.dataDir);
    const now = await liveFiles(this.dataDir);
    const switched = NAMES.filter((name) => now[name] !== generations[name]);
    await operation.tidyUp?.(this.site);
    return { outcome, refused, before, after, switched, calls: calls.length };
  }

  /** Waits for the end of what goes on behind an answer. @returns files and descriptors that are left all the same. */
  async leftBehind(): Promise<string[]> {
    return this.cleanUp(CLEANUP_MILLISECONDS);
  }

  /** Number of descriptors below the data folder. */
  async descriptors(): Promise<number> {
    return (await openBelow(this.dataDir, this.site.server.pid)).length;
  }

  /** A backup empties the write-ahead log, unless a reader that nobody has ended is in the way. */
  async logCanBeEmptied(name: RestorableName): Promise<boolean> {
    const { server, token } = this.site;
    const deadline = Date.now() + CLEANUP_MILLISECONDS;
    do {
      await download(server, token, name);
      if ((await walBytes(this.dataDir, name)) === 0) return true;
    } while (Date.now() < deadline);
    return false;
  }

  liveDigests(): Promise<Digests> {
    return liveDigests(this.dataDir);
  }

  /** On the same folder, with files that are well. */
  async restart(): Promise<void> {
    this.site.server = await this.site.server.restarted();
    this.excused.clear();
  }

  async stop(): Promise<void> {
    await this.site.server.stop();
    await rm(this.dataDir, { recursive: true });
    await this.io.remove();
  }

  private async cleanUp(milliseconds: number): Promise<string[]> {
    const deadline = Date.now() + milliseconds;
    for (;;) {
      const files = (await strayFiles(this.dataDir)).filter((file) => !this.excused.has(file));
      const open = await strayDescriptors(this.dataDir, this.site.server.pid).catch(() => this.hasEnded());
      if (files.length + open.length === 0 || Date.now() > deadline) return [...files, ...open];
      await sleep(5);
    }
  }

  /** @throws Error with the last words of the server, which is not there any more. */
  private hasEnded(): never {
    throw new Error(`the server has ended: ${this.site.server.log.slice(-4000)}`);
  }
}

/** A file that cannot be removed stays; an old generation also where the pointer may not have reached the disk. */
function excuses({ kind, path }: Call): boolean {
  return kind === 'unlink' || (path === '.' && (kind === 'sync' || kind === 'open'));
}
