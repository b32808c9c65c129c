import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PROJECT_ROOT } from '../test/support/test-server.js';
import { BENCHMARKS } from './benchmarks/index.js';
import { type Benchmark, type BenchContext, type Figure, Unavailable } from './harness/benchmark.js';
import { machineFacts } from './harness/machine-facts.js';
import { type Sizes, sizesFor } from './harness/sizes.js';
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
if (!values.quick) await keepResults();

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

async function keepResults(): Promise<void> {
  const machine = machineFacts(commitName());
  const folder = join(PROJECT_ROOT, 'bench', 'results');
  await mkdir(folder, { recursive: true });
  const results: { machine: typeof machine; sizes: Sizes; figures: Figure[] } = { machine, sizes, figures };
  const file = join(folder, `${machine.date.slice(0, 10)}.json`);
  await writeFile(file, `${JSON.stringify(results, undefined, 1)}\n`);
  console.log(`results in ${file}`);
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
