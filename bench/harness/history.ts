import type { Figure } from './benchmark.js';
import { markdownTable } from './markdown.js';
import type { Results } from './results.js';
import { shortNumber } from './table.js';

/** Runs that are shown side by side. */
const MOST_RUNS = 8;

/**
 * What each figure came to in each run, the newest one on the right: the ratio to the limit of its own run, which two
 * machines can be compared by, or the figure itself where there is no limit.
 * @param runs oldest first.
 */
export function historyTable(runs: Results[]): string {
  const shown = runs.slice(-MOST_RUNS);
  const labels = [...new Set(shown.flatMap(({ figures }) => figures.map(labelOf)))];
  const columns = ['', ...shown.map(({ machine }) => `${machine.date.slice(0, 10)} ${machine.commit}`)];
  const rows = labels.map((label) => [label].concat(shown.map((run) => cellOf(run, label))));
  return markdownTable(columns, rows);
}

function labelOf({ id, what }: Figure): string {
  return `${id} ${what}`;
}

/** Empty where a run did not have the figure. */
function cellOf({ figures }: Results, label: string): string {
  const figure = figures.find((one) => labelOf(one) === label);
  if (!figure) return '';
  const text = shortNumber(figure.value) + (figure.limit ? '' : ` ${figure.unit}`);
  return figure.met === false ? `${text} missed` : text;
}
