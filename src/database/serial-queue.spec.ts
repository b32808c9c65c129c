import { setImmediate as nextPhase } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { SerialQueue } from './serial-queue.js';

/** Tasks that note when they are done, each some phases of the event loop long. */
function notingTasks() {
  const done: string[] = [];
  const task = (name: string) => async () => {
    for (let phase = 0; phase < 3; phase++) await nextPhase();
    done.push(name);
  };
  return { done, task };
}

it('runs tasks one after the other, also behind one that has failed', async () => {
  const queue = new SerialQueue();
  const { done, task } = notingTasks();
  const failed = queue.run(() => Promise.reject(new Error('no')));
  const rest = ['a', 'b', 'c'].map((name) => queue.run(task(name)));
  await expect(failed).rejects.toThrow('no');
  await Promise.all(rest);
  expect(done).toEqual(['a', 'b', 'c']);
});

it('runs as many at a time as it is wide', async () => {
  const queue = new SerialQueue(2);
  const { done, task } = notingTasks();
  await queue.enter();
  const rest = ['a', 'b'].map((name) => queue.run(task(name)));
  expect(queue.depth).toBe(1);
  await rest[0];
  expect(done).toEqual(['a']);
  queue.leave();
  await rest[1];
  expect(queue.depth).toBe(0);
});

it('runs what nobody waits for behind what came first or later, and what follows at once', async () => {
  const queue = new SerialQueue();
  const { done, task } = notingTasks();
  const first = queue.run(task('first'));
  const work = queue.runInLull(task('work'));
  const next = first.then(() => queue.run(task('next')));
  const later = queue.run(task('later'));
  await Promise.all([first, work, next, later]);
  expect(done).toEqual(['first', 'later', 'next', 'work']);
});

it('runs what nobody waits for in the end, however many come', async () => {
  const queue = new SerialQueue();
  const { done, task } = notingTasks();
  let over = false;
  const others = (async () => {
    while (!over) await queue.run(task('other'));
  })();
  await queue.runInLull(task('work')).finally(() => (over = true));
  await others;
  expect(done.indexOf('work')).toBeGreaterThanOrEqual(4);
  expect(done.indexOf('work')).toBeLessThan(7);
});

it('runs what nobody waits for at once where nothing is, several in turn', async () => {
  const queue = new SerialQueue();
  const { done, task } = notingTasks();
  await Promise.all([queue.runInLull(task('a')), queue.runInLull(task('b'))]);
  expect(done).toEqual(['a', 'b']);
});
