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

/** Until a first item is on its way, and all that come now wait for the next write. */
const begun = () => new Promise((done) => setImmediate(done));

const MOST = { rows: 1000, bytes: 1000 };
const SMALL = { rows: 1, bytes: 1 };

describe('GroupCommit', () => {
  it('shares one write among all that arrive during another', async () => {
    const { batches, write } = slowWrite();
    const commits = new GroupCommit(write, MOST);
    const first = ['0', '1'].map((item) => commits.add(item, SMALL));
    await begun();
    const others = Array.from({ length: 98 }, (_, n) => commits.add(`${n + 2}`, SMALL));
    await Promise.all([...first, ...others]);
    expect(batches.map(({ length }) => length)).toEqual([2, 98]);
    expect(batches.flat()).toEqual(Array.from({ length: 100 }, (_, n) => `${n}`));
  });

  it('resolves only after the write', async () => {
    let release!: () => void;
    const commits = new GroupCommit(() => new Promise<void>((done) => (release = done)), MOST);
    let stored = false;
    const added = commits.add('a', SMALL).then(() => (stored = true));
    await new Promise((done) => setTimeout(done, 20));
    expect(stored).toBe(false);
    release();
    await added;
    expect(stored).toBe(true);
  });

  it('fails every item of a batch that fails, and goes on with the next', async () => {
    const { batches, write } = slowWrite();
    const commits = new GroupCommit(write, MOST);
    const first = commits.add('first', SMALL);
    await begun();
    const shared = Promise.allSettled([commits.add('good', SMALL), commits.add('bad', SMALL)]);
    await first;
    expect((await shared).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await commits.add('last', SMALL);
    expect(batches).toEqual([['first'], ['good', 'bad'], ['last']]);
  });

  it('ends a batch at its limits', async () => {
    const { batches, write } = slowWrite();
    const commits = new GroupCommit(write, { rows: 3, bytes: 100 });
    const first = commits.add('first', SMALL);
    await begun();
    const items: [string, rows: number, bytes: number][] = [
      ['a', 1, 1],
      ['b', 2, 1],
      ['c', 2, 1],
      ['d', 1, 98],
      ['e', 1, 200],
      ['f', 4, 1],
    ];
    await Promise.all([first, ...items.map(([item, rows, bytes]) => commits.add(item, { rows, bytes }))]);
    expect(batches).toEqual([['first'], ['a', 'b'], ['c', 'd'], ['e'], ['f']]);
  });
});
