import type { Benchmark, Figure } from './benchmark.js';
import { historyTable } from './history.js';
import type { MachineFacts } from './machine-facts.js';
import { markdownTable } from './markdown.js';
import type { Results } from './results.js';
import type { Sizes } from './sizes.js';
import { COLUMNS, rowOf, shortNumber } from './table.js';

type Described = Pick<Benchmark, 'id' | 'title' | 'measures'>;

/** The file with the plot of a benchmark, beside the page. */
export function plotName(id: string): string {
  return `${id.toLowerCase()}.svg`;
}

/**
 * A run as a page of Markdown.
 * @param benchmarks in the order of the page.
 * @param runs all that are kept, this one among them, oldest first.
 */
export function resultsPage(results: Results, benchmarks: Described[], runs: Results[]): string {
  const { machine, sizes, figures, skipped } = results;
  const measured = benchmarks.filter(({ id }) => figures.some((figure) => figure.id === id));
  const parts = [
    '# What was measured',
    'Written by `npm run bench`; what the rows are is in [bench/README.md](../README.md). Every figure stands beside its ' +
      'limit, which was measured in turns with it: on another machine both are others, and their ratio hardly.',
    factsTable(machine, sizes),
    markdownTable(COLUMNS, figures.map(rowOf)),
    ...skipped,
    ...measured.map((benchmark) => section(benchmark, figures)),
    '## Run by run',
    'The ratio to the limit of the same run, or the figure itself where it has no limit.',
    historyTable(runs),
  ];
  return `${parts.join('\n\n')}\n`;
}

function factsTable(machine: MachineFacts, sizes: Sizes): string {
  const { date, commit, node, system, processor, cores, memoryGigabytes, loadedBy = 'autocannon' } = machine;
  return markdownTable(
    ['run', `${date.slice(0, 16).replace('T', ' ')} UTC`],
    [
      ['commit', commit],
      ['machine', `${processor}, ${cores} cores, ${memoryGigabytes} GB, ${system}, Node ${node}`],
      [
        'sizes',
        `${sizes.megabytes} MB of logs to back up, ${sizes.entries.toLocaleString('en-US')} entries to query`,
      ],
      [
        'repetitions',
        `${sizes.rounds}, of ${sizes.seconds} s where there is load, by ${loadedBy}; medians count`,
      ],
    ],
  );
}

function section({ id, title, measures }: Described, figures: Figure[]): string {
  const own = figures.filter((figure) => figure.id === id);
  const notes = own.flatMap(({ what, note }) => (note === undefined ? [] : `${what}: ${note}`));
  return [
    `## ${id}: ${title}`,
    measures,
    `![${id}: measured beside its limit, and the target](${plotName(id)})`,
    markdownTable(['samples', 'unit', 'measured', 'limit'], own.map(samplesOf)),
    ...notes,
  ].join('\n\n');
}

function samplesOf({ what, unit, samples, limit }: Figure): string[] {
  const listed = (values: number[]) => values.map(shortNumber).join(' · ');
  return [what, unit, listed(samples), limit ? `${listed(limit.samples)} (${limit.what})` : ''];
}
