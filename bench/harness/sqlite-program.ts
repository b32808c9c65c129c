import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { hasProgram } from '../../test/support/programs.js';
import { Unavailable } from './benchmark.js';

const END = '--end of the answer--\n';

/** The `sqlite3` program on a file, running as long as it is asked: its start is in no time that is taken. */
export class SqliteProgram {
  private answered: (bytes: number) => void = () => undefined;
  private failed: (error: Error) => void = () => undefined;
  private bytes = 0;
  private tail = '';

  private constructor(private readonly child: ChildProcessByStdio<Writable, Readable, null>) {
    child.stdout.on('data', (chunk: Buffer) => this.take(chunk));
    child.once('exit', (code) => this.failed(new Error(`sqlite3 ended with ${code}`)));
  }

  /** Reads only; the file may be the live one of a server. @throws Unavailable where there is no such program. */
  static start(file: string): SqliteProgram {
    if (!hasProgram('sqlite3')) throw new Unavailable('there is no program "sqlite3"');
    const parameters = ['-readonly', '-bail', '-list', file];
    return new SqliteProgram(spawn('sqlite3', parameters, { stdio: ['pipe', 'pipe', 'inherit'] }));
  }

  /** Runs a statement, whose answer comes through a pipe. One at a time. @returns bytes of the answer. */
  run(statement: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.answered = resolve;
      this.failed = reject;
      this.child.stdin.write(`${statement};\n.print ${END}`);
    });
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    this.child.stdin.end();
    await once(this.child, 'exit');
  }

  private take(chunk: Buffer): void {
    this.bytes += chunk.length;
    this.tail = (this.tail + chunk.subarray(-END.length).toString('latin1')).slice(-END.length);
    if (this.tail !== END) return;
    const bytes = this.bytes - END.length;
    this.bytes = 0;
    this.tail = '';
    this.answered(bytes);
  }
}
