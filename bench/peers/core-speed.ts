import { median } from '../harness/figures.js';
import { monotonicMs } from '../harness/timing.js';

/**
 * How fast a core works, from its own time: a host gives a core of a virtual machine less of itself now and then, by its clock
 * or by its share, and then everything on it is slower by so much. Does the same short work again and again, prints
 * `ready`, and from then on a line for each spell, when it is over: where it began and ended, milliseconds of the clock
 * that all processes share.
 */
const EVERY_MS = 4;
/** Some 50 microseconds of work, without memory, garbage or calls. */
const STEPS = 40_000;
const KNOWN_AFTER = 300;
/** As slow as this is no chance of caches. */
const TIMES_SLOWER = 3;

let kept = 1;

function work(): number {
  const before = process.cpuUsage();
  let value = kept;
  for (let step = 0; step < STEPS; step++) value = (Math.imul(value, 1664525) + 1013904223) | 0;
  kept = value;
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

const first: number[] = [];
while (first.length < KNOWN_AFTER) first.push(work());
const usual = median(first);
let wellAt = monotonicMs();
let slow = false;
console.log('ready');
// Nobody listens any more when the benchmark was ended hard.
process.stdout.on('error', () => process.exit());
setInterval(() => {
  const took = work();
  const now = monotonicMs();
  if (took > TIMES_SLOWER * usual) slow = true;
  else {
    if (slow) console.log(`${wellAt} ${now}`);
    slow = false;
    wellAt = now;
  }
}, EVERY_MS);
