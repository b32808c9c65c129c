import { applyPatch } from 'diff';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ANSWER_LIMITS, NO_LIMITS } from './change-limits.js';
import { LineDiff } from './line-diff.js';

const line = fc.constantFrom(
  '',
  'a',
  'b',
  '-a',
  '+a',
  '@@ -1 +1 @@',
  '\\ No newline',
  'é🙂',
  'a\r',
  '\u2028',
  '\f',
);
const text = fc
  .tuple(fc.array(line, { maxLength: 30 }), fc.constantFrom('', '\n'))
  .map(([lines, end]) => lines.join('\n') + end);

/** `patch` would not change line ends either. */
const patched = (before: string, diff: string) => applyPatch(before, diff, { autoConvertLineEndings: false });

const found = new LineDiff(NO_LIMITS);
/** As when all time is used up. */
const notFound = new LineDiff({ ...NO_LIMITS, diffMilliseconds: 0 });

describe('a line diff', () => {
  it.each([
    ['found', found],
    ['not found in time', notFound],
  ])('that is %s makes the new text of the old one', (_, lines) => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        fc.pre(before !== after);
        expect(patched(before, lines.between(before, after)!)).toBe(after);
      }),
      { numRuns: 2000 },
    );
  });

  it('is short where little has changed', () => {
    const old = Array.from({ length: 100 }, (_, n) => `line ${n}\n`);
    const young = old.with(50, 'other\n');
    expect(found.between(old.join(''), young.join(''))).toBe(
      '@@ -48,7 +48,7 @@\n line 47\n line 48\n line 49\n-line 50\n+other\n line 51\n line 52\n line 53\n',
    );
    expect(notFound.between(old.join(''), young.join(''))).toMatch(/^@@ -1,100 \+1,100 @@\n-line 0\n/);
  });

  it('of texts that have nothing in common does not keep others waiting, and is still true', () => {
    const numbered = (word: string) => Array.from({ length: 60_000 }, (_, n) => `${word} ${n}\n`).join('');
    const [before, after] = [numbered('old'), numbered('new')];
    const lines = new LineDiff(ANSWER_LIMITS);
    const began = performance.now();
    const diff = lines.between(before, after)!;
    expect(performance.now() - began).toBeLessThan(1000);
    expect(patched(before, diff)).toBe(after);
  });

  it('uses no more time for many texts than is given to all', () => {
    const numbered = (word: string) => Array.from({ length: 5000 }, (_, n) => `${word} ${n}\n`).join('');
    const lines = new LineDiff({ ...ANSWER_LIMITS, diffMilliseconds: 100 });
    const began = performance.now();
    for (let n = 0; n < 50; n++) lines.between(numbered('old'), numbered('new'));
    // Fifty searches of 50 ms would be 2500.
    expect(performance.now() - began).toBeLessThan(2000);
  });

  it('is not looked for between texts that are too large', () => {
    const large = 'x'.repeat(ANSWER_LIMITS.comparedBytes);
    expect(new LineDiff(ANSWER_LIMITS).between(large, 'y')).toBeUndefined();
  });
});
