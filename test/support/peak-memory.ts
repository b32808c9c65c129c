import { readFile } from 'node:fs/promises';
import { residentBytes } from './backup-client.js';

const LOOK_MILLISECONDS = 15;

/** Watches the resident memory of a process and of the processes that it starts. */
export class PeakMemory {
  /** Bytes, the most that the process itself had. */
  own = 0;
  /** Bytes, the most that one of its children had. */
  child = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly pid: number) {
    this.timer = setInterval(() => void this.look(), LOOK_MILLISECONDS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    this.own = Math.max(this.own, await residentBytes(this.pid));
    const children = await readFile(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8');
    for (const child of children.split(' ').filter(Boolean)) {
      // It may have ended meanwhile.
      this.child = Math.max(this.child, await residentBytes(Number(child)).catch(() => 0));
    }
  }
}
