import { boundFigure, ratioFigure } from '../../bench/harness/figures.js';
import type { Results } from '../../bench/harness/results.js';

/** A run of two benchmarks: one reached its target and one did not. */
export function someResults(date = '2026-01-02', ratio = 0.5): Results {
  return {
    machine: {
      date: `${date}T03:04:05.678Z`,
      commit: 'abc1234',
      node: 'v20.0.0',
      system: 'linux 6 x64',
      processor: 'A | Processor',
      cores: 2,
      memoryGigabytes: 8,
    },
    sizes: { quick: false, megabytes: 1024, entries: 5_000_000, rounds: 3, seconds: 5 },
    figures: [
      ratioFigure(
        { id: 'I1', what: 'one & one', unit: 'requests/s', note: 'what held it up' },
        [900 * ratio, 1000 * ratio, 1100 * ratio],
        { what: 'a <limit>', samples: [990, 1000, 1010] },
        { atLeast: 0.6 },
      ),
      boundFigure({ id: 'B4', what: 'pause', unit: 'ms' }, [4, 2, 3], { atMost: 10 }),
    ],
    skipped: ['SKIPPED S1: no such program'],
  };
}

export const DESCRIBED = [
  { id: 'B4', title: 'A pause', measures: 'How long it pauses.' },
  { id: 'I1', title: 'One by one', measures: 'How many fit in.' },
  { id: 'S1', title: 'Start', measures: 'How long it takes.' },
];
