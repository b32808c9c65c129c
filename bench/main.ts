import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PROJECT_ROOT } from '../test/support/test-server.js';
import { BENCHMARKS } from './benchmarks/index.js';
import { type Benchmark, type BenchContext, type Figure, Unavailable } from './harness/benchmark.js';
import { machineFacts } from './harness/machine-facts.js';
import { keepResults } from './harness/results.js';
import { sizesFor } from './harness/sizes.js';
import { textTable } from './harness/table.js';

const HELP = `npm run bench -- [--quick] [--only B1,I2] [--megabytes 1024] [--entries 5000000] [--rounds 5] [--seconds 5]
                 [--workspace folder]`;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    megabytes: { type: 'string' },
    entries: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    workspace: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit();
}
const number = (text: string | undefined) => (text === undefined ? undefined : Number(text));
const sizes = sizesFor(values.quick, {
  megabytes: number(values.megabytes),
  entries: number(values.entries),
  rounds: number(values.rounds),
  seconds: number(values.seconds),
});
const only = values.only?.split(',');
const chosen = BENCHMARKS.filter(({ id }) => !only || only.includes(id));

const figures: Figure[] = [];
const unavailable: string[] = [];
for (const benchmark of chosen) await runOne(benchmark);
console.log(`\n${textTable(figures)}\n`);
for (const line of unavailable) console.log(line);
// A page shows one run, of everything: parts of several would look like what they are not.
if (!values.quick && !only) {
  const results = { machine: machineFacts(commitName()), sizes, figures, skipped: unavailable };
  const page = await keepResults(join(PROJECT_ROOT, 'bench', 'results'), results, BENCHMARKS);
  console.log(`results in ${page}`);
}

async function runOne(benchmark: Benchmark): Promise<void> {
  console.log(`${benchmark.id}  ${benchmark.title}`);
  const tasks: (() => Promise<unknown>)[] = [];
  // Not in /tmp, which may be memory: what is measured is a disk.
  const parent = values.workspace ?? join(PROJECT_ROOT, 'data', 'bench');
  await mkdir(parent, { recursive: true });
  const workspace = await mkdtemp(join(parent, `${benchmark.id}-`));
  const context: BenchContext = {
    sizes,
    workspace,
    say: (line) => console.log(`    ${line}`),
    onEnd: (task) => void tasks.push(task),
  };
  try {
    const found = await benchmark.run(context);
    figures.push(...found);
    console.log(textTable(found));
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    unavailable.push(`SKIPPED ${benchmark.id}: ${error.message}`);
  } finally {
    for (const task of tasks.toReversed()) await task();
    await rm(workspace, { recursive: true, force: true });
  }
}

function commitName(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      cwd: PROJECT_ROOT,
      encoding: 'utf8',
    }).trim();
  } catch {
    return 'unknown';
  }
}
