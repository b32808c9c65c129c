import { execFileSync } from 'node:child_process';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../support/test-server.js';

/** The numbers and the layout are those of `failing-io.c`. */
const CALL_KINDS = {
  open: 1,
  create: 2,
  write: 4,
  sync: 8,
  truncate: 16,
  rename: 32,
  unlink: 64,
  read: 128,
} as const;
type CallKind = keyof typeof CALL_KINDS;

const HALF = 10_000;
const HEAD_BYTES = 20;
const CALL_BYTES = 64;
const MOST_CALLS = 4096;
const BYTES = HEAD_BYTES + MOST_CALLS * CALL_BYTES;

/** What a file system, or a disk, does that is not well. */
export interface Fault {
  name: string;
  /** The calls that count, and of which one fails. */
  calls: readonly CallKind[];
  error: keyof typeof constants.errno | 'half';
  /** From the n-th call on until it is disarmed; else the n-th call only. */
  lasting: boolean;
}

export interface Call {
  kind: CallKind;
  /** Relative to the data folder; of a rename, the new name. */
  path: string;
  refused: boolean;
}

/** A library that is preloaded into a server and makes its file operations fail when it is told to. */
export class FailingIo {
  private constructor(private readonly folder: string) {}

  /** Needs a C compiler. */
  static async compile(): Promise<FailingIo> {
    const io = new FailingIo(await mkdtemp(join(tmpdir(), 'flowg-failing-io-')));
    const source = join(PROJECT_ROOT, 'test', 'faults', 'failing-io.c');
    const options = ['-shared', '-fPIC', '-O1', '-Wall', '-Wextra', '-Werror'];
    execFileSync('cc', [...options, '-o', io.library, source, '-ldl'], { stdio: ['ignore', 'ignore', 2] });
    await writeFile(io.control, Buffer.alloc(BYTES));
    return io;
  }

  /** Environment of the server whose data folder it is. */
  environment(dataDir: string): Record<string, string> {
    return {
      LD_PRELOAD: this.library,
      FAILING_IO_CONTROL: this.control,
      FAILING_IO_FOLDER: dataDir,
      // Operations in a ring of the kernel would pass the library by.
      UV_USE_IO_URING: '0',
    };
  }

  /** From now on the `nth` call fails, counted from 1; with 0 none does, and they are only counted. */
  async arm(fault: Fault, nth: number): Promise<void> {
    const bytes = Buffer.alloc(BYTES);
    bytes.writeUInt32LE(fault.error === 'half' ? HALF : constants.errno[fault.error], 4);
    bytes.writeUInt32LE(nth, 8);
    bytes.writeUInt32LE(fault.lasting ? 1 : 0, 12);
    await this.write(bytes, 4);
    await this.write(kindBits(fault.calls), 0);
  }

  /** @returns the calls that counted since it was armed, in their order. */
  async disarm(): Promise<Call[]> {
    await this.write(kindBits([]), 0);
    const bytes = await readFile(this.control);
    const counted = bytes.readUInt32LE(16);
    if (counted > MOST_CALLS) throw new Error(`${counted} calls are more than can be noted`);
    return Array.from({ length: counted }, (_, index) => callAt(bytes, HEAD_BYTES + index * CALL_BYTES));
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true });
  }

  private get library(): string {
    return join(this.folder, 'failing-io.so');
  }

  private get control(): string {
    return join(this.folder, 'control');
  }

  /** In place: the server has the file mapped. */
  private async write(bytes: Buffer, from: number): Promise<void> {
    const file = await open(this.control, 'r+');
    await file.write(bytes, from, bytes.length - from, from);
    await file.close();
  }
}

function kindBits(kinds: readonly CallKind[]): Buffer {
  const bits = Buffer.alloc(4);
  bits.writeUInt32LE(kinds.reduce((sum, kind) => sum | CALL_KINDS[kind], 0));
  return bits;
}

function callAt(bytes: Buffer, offset: number): Call {
  const number = bytes.readUInt32LE(offset);
  const kind = (Object.keys(CALL_KINDS) as CallKind[]).find((name) => CALL_KINDS[name] === number)!;
  const path = bytes.toString('latin1', offset + 8, offset + CALL_BYTES);
  return { kind, refused: bytes.readUInt32LE(offset + 4) === 1, path: path.slice(0, path.indexOf('\0')) };
}
