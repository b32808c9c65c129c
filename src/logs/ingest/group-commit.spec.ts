import { describe, expect, it } from 'vitest';
import { GroupCommit } from './group-commit.js';

/** A write that takes a while, notes what it got, and fails for batches that hold `bad`. */
function slowWrite() {
  const batches: string[][] = [];
  const write = async (items: string[]) => {
    batches.push(items);
    await new Promise((done) => setTimeout(done, 5));
    if (items.includes('bad')) throw new Error('no room');
  };
  return { batches, write };
}

const LIMITS = { items: 1000, bytes: 1000 };

describe('GroupCommit', () => {
  it('shares one write among all that arrive during another', async () => {
    const { batches, write } = slowWrite();
    const commits = new GroupCommit(write, LIMITS);
    await Promise.all(Array.from({ length: 100 }, (_, n) => commits.add([`${n}`], 1)));
    expect(batches.map(({ length }) => length)).toEqual([1, 99]);
    expect(batches.flat()).toEqual(Array.from({ length: 100 }, (_, n) => `${n}`));
  });

  it('resolves only after the write', async () => {
    let release!: () => void;
    const commits = new GroupCommit(() => new Promise<void>((done) => (release = done)), LIMITS);
    let stored = false;
    const added = commits.add(['a'], 1).then(() => (stored = true));
    await new Promise((done) => setTimeout(done, 20));
    expect(stored).toBe(false);
    release();
    await added;
    expect(stored).toBe(true);
  });

  it('fails every group of a batch that fails, and goes on with the next', async () => {
    const { batches, write } = slowWrite();
    const commits = new GroupCommit(write, LIMITS);
    const first = commits.add(['first'], 1);
    const shared = Promise.allSettled([commits.add(['good'], 1), commits.add(['bad'], 1)]);
    await first;
    expect((await shared).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await commits.add(['last'], 1);
    expect(batches).toEqual([['first'], ['good', 'bad'], ['last']]);
  });

  it('ends a batch at its limits without tearing a group apart', async () => {
    const { batches, write } = slowWrite();
    const commits = new GroupCommit(write, { items: 3, bytes: 100 });
    const groups: [string[], number][] = [
      [['a'], 1],
      [['b', 'c'], 1],
      [['d', 'e'], 1],
      [['f'], 99],
      [['g'], 200],
      [['h', 'i', 'j', 'k'], 1],
    ];
    await Promise.all(groups.map(([items, bytes]) => commits.add(items, bytes)));
    expect(batches).toEqual([['a'], ['b', 'c'], ['d', 'e', 'f'], ['g'], ['h', 'i', 'j', 'k']]);
  });
});
