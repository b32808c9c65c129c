import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Benchmark, Figure } from './benchmark.js';
import type { MachineFacts } from './machine-facts.js';
import { plotOf } from './plot.js';
import { plotName, resultsPage } from './results-page.js';
import type { Sizes } from './sizes.js';

/** What one run of all benchmarks found. */
export interface Results {
  machine: MachineFacts;
  sizes: Sizes;
  figures: Figure[];
  /** A line for each benchmark that could not be run. */
  skipped: string[];
}

/**
 * Keeps the results under their date, one run a day, and writes the page anew: the run, and how it compares with those of
 * other days that lie in the folder.
 * @returns the file of the page.
 */
export async function keepResults(
  folder: string,
  results: Results,
  benchmarks: Benchmark[],
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const date = results.machine.date.slice(0, 10);
  await writeFile(join(folder, `${date}.json`), `${JSON.stringify(results, undefined, 1)}\n`);
  for (const { id } of benchmarks) {
    const figures = results.figures.filter((figure) => figure.id === id);
    if (figures.length > 0) await writeFile(join(folder, plotName(id)), plotOf(figures));
  }
  const page = join(folder, 'README.md');
  await writeFile(page, resultsPage(results, benchmarks, await readAll(folder)));
  return page;
}

/** Oldest first. */
async function readAll(folder: string): Promise<Results[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json')).toSorted();
  return Promise.all(
    files.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as Results),
  );
}
