import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own, so small that it can be filled: needs the right to mount. */
export class SmallDisk {
  private constructor(readonly path: string) {}

  static async mount(mebibytes: number): Promise<SmallDisk> {
    const path = await mkdtemp(join(tmpdir(), 'flowg-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', path]);
    return new SmallDisk(path);
  }

  /** Leaves so many bytes free. */
  async fillUpTo(bytes: number): Promise<void> {
    await this.empty();
    await writeFile(this.filler, Buffer.alloc(Math.max(0, this.free() - bytes)));
  }

  /** Takes away what `fillUpTo` has put there. */
  async empty(): Promise<void> {
    await rm(this.filler, { force: true });
  }

  async unmount(): Promise<void> {
    execFileSync('umount', ['-l', this.path]);
    await rm(this.path, { recursive: true });
  }

  private get filler(): string {
    return join(this.path, 'filler');
  }

  private free(): number {
    return Number(execFileSync('df', ['--output=avail', '-B1', this.path]).toString().split('\n')[1]);
  }
}
