import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A program of `bench/peers/` in a process of its own: what the server is measured against. */
export class PeerProcess {
  private constructor(
    private readonly child: ChildProcess,
    /** What it printed first: most peers say their port. */
    readonly firstLine: string,
  ) {}

  /** Resolves with its first line of output. @param name of the file in `bench/peers/`, without its ending. */
  static async start(name: string, ...parameters: string[]): Promise<PeerProcess> {
    const file = fileURLToPath(new URL(`../peers/${name}.js`, import.meta.url));
    const child = spawn(process.execPath, [file, ...parameters], { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.setEncoding('utf8');
    const line = await new Promise<string>((resolve, reject) => {
      child.stdout.once('data', (text: string) => resolve(text.trim()));
      child.once('exit', (code) => reject(new Error(`peer ${name} ended with ${code}`)));
    });
    child.stdout.resume();
    return new PeerProcess(child, line);
  }

  get url(): string {
    return `http://127.0.0.1:${this.firstLine}`;
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Calls for each line that it prints after the first. */
  onLine(listener: (line: string) => void): void {
    createInterface({ input: this.child.stdout! }).on('line', listener);
  }

  /** Keeps it on one core, where the system can do that. */
  pinTo(core: number): void {
    spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(core), String(this.pid)]);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }
}
