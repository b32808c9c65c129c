import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { commandOf, imageEnvironment } from './dockerfile.js';

export const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

/**
 * Makes everything read-only but the data folder, as a container with a read-only root has it, and goes on as nobody,
 * without any right. Only this process and its children see it.
 */
const SHUT = `
mount --bind "$FLOWG_DATA_DIR" "$FLOWG_DATA_DIR"
for folder in / /tmp /var/tmp /dev/shm; do
  if mountpoint --quiet $folder; then mount -o remount,bind,ro $folder; fi
done
exec setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups --no-new-privs --bounding-set=-all "$@"`;

/** The installed server, run as the image runs it. */
export class InstalledServer {
  private output = '';
  private readonly child: ChildProcess;

  /** @param shut whether this machine lets us make everything else read-only. */
  private constructor(
    readonly program: string,
    private readonly environment: Record<string, string>,
    private readonly shut: boolean,
  ) {
    const [command, ...args] = this.command(commandOf('CMD'));
    this.child = spawn(command!, args, { ...this.options(), stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout!, this.child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
  }

  static async start(
    program: string,
    dataDir: string,
    shut: boolean,
    env: Record<string, string> = {},
  ): Promise<InstalledServer> {
    await makeVolume(dataDir);
    const server = new InstalledServer(
      program,
      {
        PATH: process.env.PATH!,
        ...imageEnvironment(),
        TMPDIR: dataDir,
        FLOWG_DATA_DIR: dataDir,
        FLOWG_HTTP_BIND_ADDRESS: '0.0.0.0:0',
        FLOWG_MGMT_BIND_ADDRESS: '0.0.0.0:0',
        FLOWG_SYSLOG_BIND_ADDRESS: '0.0.0.0:0',
        ...env,
      },
      shut,
    );
    const deadline = Date.now() + 30_000;
    while (!/listening on /.test(server.log)) {
      if (server.child.exitCode !== null || Date.now() > deadline) throw new Error(server.log);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return server;
  }

  get log(): string {
    return this.output;
  }

  /** As somebody on this machine would type it. */
  get url(): string {
    return `http://localhost:${/listening on \S+:(\d+)/.exec(this.output)![1]}`;
  }

  get managementPort(): string {
    return /management on \S+:(\d+)/.exec(this.output)![1]!;
  }

  /** Runs a command where the server runs, as the same user. @returns its exit code. */
  async exitCodeOf(command: string[], env: Record<string, string> = {}): Promise<number> {
    const [program, ...args] = this.command(command);
    const { env: own, ...options } = this.options();
    const run = promisify(execFile)(program!, args, { ...options, env: { ...own, ...env } });
    return run.then(
      () => 0,
      (error: { code: number }) => error.code,
    );
  }

  /** @returns the exit code. */
  async stop(): Promise<number | null> {
    if (this.child.exitCode === null) {
      this.child.kill('SIGTERM');
      await once(this.child, 'exit');
    }
    return this.child.exitCode;
  }

  private command(command: string[]): string[] {
    return this.shut ? ['unshare', '--mount', 'bash', '-euc', SHUT, 'shut', ...command] : command;
  }

  private options() {
    const nobody = isRoot && !this.shut ? { uid: NOBODY, gid: NOBODY } : {};
    return { cwd: this.program, env: this.environment, ...nobody };
  }
}

/** A fresh volume as Kubernetes mounts it: root's, writable for the group of the pod, with the folder of its file system. */
async function makeVolume(path: string): Promise<void> {
  await mkdir(join(path, 'lost+found'), { recursive: true, mode: 0o700 });
  if (!isRoot) return;
  await chown(path, 0, NOBODY);
  await chmod(path, 0o2775);
}
