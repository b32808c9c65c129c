import { execute } from '@bpinternal/verel';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { serveMeasurements } from '../harness/measured-peer.js';
import { lines, SCRIPTS, STEPS } from '../../test/pipelines/reference-pipeline.js';

/**
 * The scripts of the reference's pipeline in bare loops, one in each of so many threads: no server, no switches, nothing
 * stored. Measures how many records all of them take in a second, for so many `seconds`.
 */
const SCRIPT_OF = new Map(STEPS.map(([app, transformer]) => [app, SCRIPTS[transformer]]));

if (isMainThread) serve(Number(process.argv[2]));
else parentPort!.on('message', (seconds: number) => parentPort!.postMessage(recordsPerSecond(seconds), []));

function serve(count: number): void {
  const file = new URL(import.meta.url);
  const threads = Array.from({ length: count }, () => new Worker(file));
  serveMeasurements(async (asked) => {
    const seconds = Number(asked.get('seconds'));
    const rates = await Promise.all(threads.map((thread) => rateOf(thread, seconds)));
    return rates.reduce((sum, rate) => sum + rate, 0);
  });
}

function rateOf(thread: Worker, seconds: number): Promise<number> {
  return new Promise((resolve) => {
    thread.once('message', resolve);
    thread.postMessage(seconds, []);
  });
}

function recordsPerSecond(seconds: number): number {
  const start = performance.now();
  const end = start + seconds * 1000;
  let records = 0;
  while (performance.now() < end) {
    for (const { line } of lines) {
      const { event } = execute(SCRIPTS.syslog, { message: line });
      execute(SCRIPT_OF.get(event.appname)!, event);
    }
    records += lines.length;
  }
  return (records * 1000) / (performance.now() - start);
}
