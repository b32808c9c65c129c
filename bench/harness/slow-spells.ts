import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { BenchContext } from './benchmark.js';

/** From one instant to another, in `monotonicMs`. */
export interface Span {
  from: number;
  to: number;
}

/** Milliseconds. */
export function lengthOf({ from, to }: Span): number {
  return to - from;
}

/** Milliseconds that the longest takes; none for no span at all. */
export function longest(spans: Span[]): number {
  return Math.max(0, ...spans.map(lengthOf));
}

/** What has gathered in a spell needs a moment to be gone. */
const AFTERMATH_MS = 20;

/**
 * When a core of this machine was slower than a third of itself, by a watch on each: what nothing that runs on it can be
 * blamed for. The watches take some two per cent of each core.
 */
export class SlowSpells {
  private readonly spells: Span[] = [];
  private readonly watches: ChildProcess[] = [];

  /** Ends with the benchmark. */
  static async watch({ onEnd }: Pick<BenchContext, 'onEnd'>): Promise<SlowSpells> {
    const spells = new SlowSpells();
    onEnd(() => spells.stop());
    for (let core = 0; core < availableParallelism(); core++) await spells.watchCore(core);
    return spells;
  }

  /** Whether something met no spell, nor what one left behind. */
  spares({ from, to }: Span): boolean {
    return !this.spells.some((spell) => from < spell.to + AFTERMATH_MS && to > spell.from);
  }

  private async watchCore(core: number): Promise<void> {
    const file = fileURLToPath(new URL('../peers/core-speed.js', import.meta.url));
    const pinned = spawnSync('taskset', ['-c', String(core), 'true']).status === 0;
    const [program, ...before] = pinned
      ? ['taskset', '-c', String(core), process.execPath]
      : [process.execPath];
    const watch = spawn(program, [...before, file], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.watches.push(watch);
    const lines = createInterface({ input: watch.stdout });
    await once(lines, 'line');
    lines.on('line', (line) => {
      const [from, to] = line.split(' ').map(Number);
      this.spells.push({ from: from!, to: to! });
    });
  }

  private async stop(): Promise<void> {
    for (const watch of this.watches) {
      if (watch.exitCode !== null || watch.signalCode !== null) continue;
      watch.kill('SIGKILL');
      await once(watch, 'exit');
    }
  }
}
