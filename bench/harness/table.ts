import type { Figure, Target } from './benchmark.js';

/** One row of cells for each figure, as the terminal and the page of results show them. */
export const COLUMNS = ['', 'what', 'measured', 'limit in the same run', 'ratio', 'target', ''];

export function rowOf(figure: Figure): string[] {
  const { id, what, unit, measured, limit, value, target, met } = figure;
  return [
    id,
    what,
    `${shortNumber(measured)} ${unit}`,
    limit ? `${shortNumber(limit.median)} ${unit}, ${limit.what}` : '',
    limit ? shortNumber(value) : '',
    target ? targetText(target, limit ? '' : ` ${unit}`) : '',
    met === undefined ? '' : met ? 'reached' : 'missed',
  ];
}

export function textTable(figures: Figure[]): string {
  const rows = [COLUMNS, ...figures.map(rowOf)];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function targetText(target: Target, unit: string): string {
  return 'atLeast' in target ? `>= ${target.atLeast}${unit}` : `<= ${target.atMost}${unit}`;
}

/** Three digits that count: `1,370`, `0.914`, `12.3`. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}
