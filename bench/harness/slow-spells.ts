import { availableParallelism } from 'node:os';
import type { BenchContext } from './benchmark.js';
import { PeerProcess } from './peer-process.js';

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

  /** Ends with the benchmark. */
  static async watch({ onEnd }: Pick<BenchContext, 'onEnd'>): Promise<SlowSpells> {
    const seen = new SlowSpells();
    for (let core = 0; core < availableParallelism(); core++) {
      const watch = await PeerProcess.start('core-speed');
      onEnd(() => watch.stop());
      watch.pinTo(core);
      watch.onLine((line) => {
        const [from, to] = line.split(' ').map(Number);
        seen.spells.push({ from: from!, to: to! });
      });
    }
    return seen;
  }

  /** Whether something met no spell, nor what one left behind. */
  spares({ from, to }: Span): boolean {
    return !this.spells.some((spell) => from < spell.to + AFTERMATH_MS && to > spell.from);
  }
}
