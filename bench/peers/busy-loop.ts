import { createHash } from 'node:crypto';
import { median, percentile } from '../harness/figures.js';
import { serveMeasurements } from '../harness/measured-peer.js';

/**
 * How steady the machine is: work that takes a millisecond, alone, again and again for so many `seconds`. Measures how many
 * milliseconds one in a hundred takes: a server whose answers take work cannot be steadier.
 */
const BLOCK = Buffer.alloc(512);
const TRIAL = 100;

serveMeasurements((asked) => {
  const perMillisecond = Math.ceil(TRIAL / median(timesOf(TRIAL, 200)));
  return Promise.resolve(percentile(timesOf(perMillisecond, Number(asked.get('seconds')) * 1000), 0.99));
});

/** Milliseconds that so many hashes took, each time, for so many milliseconds. */
function timesOf(hashes: number, milliseconds: number): number[] {
  const times: number[] = [];
  const end = performance.now() + milliseconds;
  for (let begun = performance.now(); begun < end;) {
    for (let hash = 0; hash < hashes; hash++) createHash('sha1').update(BLOCK).digest();
    const now = performance.now();
    times.push(now - begun);
    begun = now;
  }
  return times;
}
