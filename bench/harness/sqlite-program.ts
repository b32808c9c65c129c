import { type ChildProcess, spawn } from 'node:child_process';
import { hasProgram } from '../../test/support/programs.js';
import { Unavailable } from './benchmark.js';

const END = '--end of the answer--\n';

/** The `sqlite3` program on a file, running as long as it is asked: its start is in no time that is taken. */
export class SqliteProgram {
  private answered: (bytes: number) => void = () => undefined;
  private bytes = 0;
  private tail = '';

  private constructor(private readonly child: ChildProcess) {
    child.stdout!.on('data', (chunk: Buffer) => this.take(chunk));
  }

  /** Reads only; the file may be the live one of a server. @throws Unavailable where there is no such program. */
  static start(file: string): SqliteProgram {
    if (!hasProgram('sqlite3')) throw new Unavailable('there is no program "sqlite3"');
    return new SqliteProgram(
      spawn('sqlite3', ['-readonly', '-bail', '-list', file], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
  }

  /** Runs statements, whose answer comes through a pipe. @returns bytes of the answer. */
  run(sql: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.answered = resolve;
      this.child.once('exit', (code) => reject(new Error(`sqlite3 ended with ${code}`)));
      this.child.stdin!.write(`${sql};\n.print ${END}`);
    }).finally(() => this.child.removeAllListeners('exit')) as Promise<number>;
  }

  stop(): Promise<void> {
    this.child.stdin!.end();
    return Promise.resolve();
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
