import type { Sizes } from './sizes.js';
import type { Figure, Target } from './benchmark.js';

/** @throws Error for no samples at all. */
export function median(samples: number[]): number {
  if (samples.length === 0) throw new Error('a median of nothing');
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The value below which `share` (0 to 1) of the samples lie. */
export function percentile(samples: number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

interface Described {
  id: string;
  what: string;
  unit: string;
  note?: string;
}

/** A figure whose target is a ratio to a limit that was measured in turns with it. */
export function ratioFigure(
  described: Described,
  samples: number[],
  limit: { what: string; samples: number[] },
  target?: Target,
): Figure {
  const measured = median(samples);
  const limitMedian = median(limit.samples);
  const value = measured / limitMedian;
  return {
    ...described,
    measured,
    samples,
    limit: { ...limit, median: limitMedian },
    value,
    target,
    met: target && isMet(value, target),
  };
}

/** A figure whose target is a bound in its own unit. */
export function boundFigure(described: Described, samples: number[], target?: Target): Figure {
  const measured = median(samples);
  return { ...described, measured, samples, value: measured, target, met: target && isMet(measured, target) };
}

function isMet(value: number, target: Target): boolean {
  return 'atLeast' in target ? value >= target.atLeast : value <= target.atMost;
}

/**
 * Measures several things in turns, so that whatever else the machine does meets all of them alike: A B C, A B C, …
 * @param warmUps rounds before, whose samples do not count: a server is compiled by being used. None in the quick form.
 * @returns by the name of what was measured, one sample for each round.
 */
export async function inTurns<Name extends string, Sample>(
  { rounds, quick }: Pick<Sizes, 'rounds' | 'quick'>,
  measurements: Record<Name, (round: number) => Promise<Sample>>,
  warmUps = 0,
): Promise<Record<Name, Sample[]>> {
  const names = Object.keys(measurements) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as Sample[]])) as Record<Name, Sample[]>;
  for (let round = quick ? 0 : -warmUps; round < rounds; round++)
    for (const name of names) {
      const sample = await measurements[name](round);
      if (round >= 0) samples[name].push(sample);
    }
  return samples;
}
