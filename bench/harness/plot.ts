import type { Figure } from './benchmark.js';
import { shortNumber, targetText } from './table.js';

const WIDTH = 860;
const BARS_LEFT = 20;
const BARS_WIDTH = 440;
const BAR_HEIGHT = 16;
const HEAD_HEIGHT = 24;
const GAP = 18;

/** Readable on a white page and on a black one: there is no background, and colours go by the reader's setting. */
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .head { font-weight: 600 }
  .measured { fill: #2f6fde }
  .limit { fill: #a3acb8 }
  .target { stroke: #c2410c; stroke-width: 2 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .measured { fill: #6ea8fe }
    .limit { fill: #6b7480 }
    .target { stroke: #ff9d5c }
  }`;

/** An SVG picture with one group of bars for each figure, each in a scale of its own: measured, limit, target as a line. */
export function plotOf(figures: Figure[]): string {
  let top = 0;
  const groups = figures.map((figure) => {
    const group = groupOf(figure, top);
    top += heightOf(figure);
    return group;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${top}" viewBox="0 0 ${WIDTH} ${top}" role="img">
<style>${STYLE}
</style>
${groups.join('\n')}
</svg>
`;
}

function heightOf({ limit }: Figure): number {
  return HEAD_HEIGHT + (limit ? 2 : 1) * (BAR_HEIGHT + 4) + GAP;
}

function groupOf(figure: Figure, top: number): string {
  const { what, unit, measured, limit, target } = figure;
  const aim = target && aimOf(figure);
  const largest = Math.max(measured, limit?.median ?? 0, aim ?? 0) || 1;
  const along = (value: number) => Math.round((value / largest) * BARS_WIDTH * 10) / 10;
  const bar = (kind: string, value: number, text: string, row: number) => {
    const y = top + HEAD_HEIGHT + row * (BAR_HEIGHT + 4);
    return `<rect class="${kind}" x="${BARS_LEFT}" y="${y}" width="${along(value)}" height="${BAR_HEIGHT}" rx="2"/>
<text x="${BARS_LEFT + along(value) + 10}" y="${y + 13}">${escaped(text)}</text>`;
  };
  const lines = [
    `<text class="head" x="${BARS_LEFT}" y="${top + 16}">${escaped(`${what}${targetNote(figure)}`)}</text>`,
    bar('measured', measured, `${shortNumber(measured)} ${unit}`, 0),
  ];
  if (limit) lines.push(bar('limit', limit.median, `${shortNumber(limit.median)}, ${limit.what}`, 1));
  if (aim !== undefined) {
    const x = BARS_LEFT + along(aim);
    const bottom = top + heightOf(figure) - GAP;
    lines.push(`<line class="target" x1="${x}" x2="${x}" y1="${top + HEAD_HEIGHT - 3}" y2="${bottom}"/>`);
  }
  return lines.join('\n');
}

/** Where the target is, in the unit of the figure. */
function aimOf({ target, limit }: Figure): number {
  const bound = 'atLeast' in target! ? target.atLeast : target!.atMost;
  return limit ? bound * limit.median : bound;
}

function targetNote({ unit, limit, target }: Figure): string {
  if (!target) return '';
  return ` (target ${targetText(target, limit ? ' of the limit' : ` ${unit}`)})`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
