import { describe, expect, it } from 'vitest';
import { Turns } from '../turns.js';
import { sift } from './sift.js';

const NUMBERS = Array.from({ length: 60 }, (_, n) => n);
const isEven = (n: number) => n % 2 === 0;

describe('sift', () => {
  it('has the result of what is quick at once', () => {
    expect(sift(NUMBERS, isEven, new Turns())).toEqual(NUMBERS.filter(isEven));
  });

  it('lets others have their turn where it takes long, and loses nothing', async () => {
    let turnsOfOthers = 0;
    const others = setInterval(() => turnsOfOthers++, 1);
    const slowly = (n: number) => {
      const end = performance.now() + 1;
      while (performance.now() < end);
      return isEven(n);
    };
    const passed = await sift(NUMBERS, slowly, new Turns());
    clearInterval(others);
    expect(passed).toEqual(NUMBERS.filter(isEven));
    expect(turnsOfOthers).toBeGreaterThan(2);
  });
});
