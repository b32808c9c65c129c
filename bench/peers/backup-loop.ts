import { setTimeout as sleep } from 'node:timers/promises';
import { serveMeasurements } from '../harness/measured-peer.js';

/**
 * Takes one backup after the other for so many `seconds`, with rests between them, and keeps nothing. In a process of its own,
 * so that what it does with the bytes is not taken for a pause of whoever waits meanwhile. Measures how many it took.
 */
const [url = '', pat = '', restMilliseconds = ''] = process.argv.slice(2);

serveMeasurements(async (asked) => {
  const end = performance.now() + Number(asked.get('seconds')) * 1000;
  let taken = 0;
  while (performance.now() < end) {
    const answer = await fetch(url, { headers: { Authorization: `Bearer pat:${pat}` } });
    if (!answer.ok) throw new Error(`a backup was answered with ${answer.status}`);
    for await (const chunk of answer.body!) void chunk;
    taken++;
    await sleep(Number(restMilliseconds));
  }
  return taken;
});
