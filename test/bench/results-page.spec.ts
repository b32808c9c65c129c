import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Benchmark } from '../../bench/harness/benchmark.js';
import { keepResults } from '../../bench/harness/results.js';
import { resultsPage } from '../../bench/harness/results-page.js';
import { DESCRIBED, someResults } from './figures.js';

describe('the page of results', () => {
  const results = someResults();
  const page = resultsPage(results, DESCRIBED, [someResults('2025-12-31', 0.7), results]);

  it('says on what it was measured', () => {
    expect(page).toContain('| run | 2026-01-02 03:04 UTC |');
    expect(page).toContain('A \\| Processor, 2 cores, 8 GB, linux 6 x64, Node v20.0.0');
  });

  it('has every figure beside its limit, ratio and target', () => {
    expect(page).toContain(
      '| I1 | one & one | 500 requests/s | 1,000 requests/s, a <limit> | 0.5 | >= 0.6 | missed |',
    );
    expect(page).toContain('| B4 | pause | 3 ms |  |  | <= 10 ms | reached |');
    expect(page).toContain('SKIPPED S1: no such program');
  });

  it('tells of each benchmark that ran what it measures, its samples and notes, with a plot', () => {
    expect(page.match(/^## .*/gm)).toEqual(['## B4: A pause', '## I1: One by one', '## Run by run']);
    expect(page).toContain('How many fit in.\n\n![I1: measured beside its limit, and the target](i1.svg)');
    expect(page).toContain('| one & one | requests/s | 450 · 500 · 550 | 990 · 1,000 · 1,010 (a <limit>) |');
    expect(page).toContain('one & one: what held it up');
  });

  it('compares the runs', () => {
    expect(page).toContain('|  | 2025-12-31 abc1234 | 2026-01-02 abc1234 |');
    expect(page).toContain('| I1 one & one | 0.7 | 0.5 missed |');
    expect(page).toContain('| B4 pause | 3 ms | 3 ms |');
  });

  it('lies beside its plots and what it was written from, with earlier runs in it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'flowg-results-'));
    const benchmarks = DESCRIBED as Benchmark[];
    await keepResults(folder, someResults('2025-12-31'), benchmarks);
    const file = await keepResults(folder, results, benchmarks);
    expect((await readdir(folder)).toSorted()).toEqual([
      '2025-12-31.json',
      '2026-01-02.json',
      'README.md',
      'b4.svg',
      'i1.svg',
    ]);
    expect(await readFile(file, 'utf8')).toContain('| 2025-12-31 abc1234 | 2026-01-02 abc1234 |');
    await rm(folder, { recursive: true });
  });
});
