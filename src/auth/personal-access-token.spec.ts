import { expect, it } from 'vitest';
import { hashPersonalAccessToken, newPersonalAccessToken } from './personal-access-token.js';

it('makes tokens of the form of the reference, every character equally likely', () => {
  const tokens = Array.from({ length: 2000 }, newPersonalAccessToken);
  const counts = new Map<string, number>();
  for (const token of tokens) {
    expect(token).toMatch(/^pat_[a-zA-Z0-9]{32}$/);
    for (const character of token.slice(4)) counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  expect(new Set(tokens).size).toBe(2000);
  expect(counts.size).toBe(62);
  // 1032 of each are expected, with a standard deviation of 32: `byte % 62` would give some of them 1250.
  for (const count of counts.values()) expect(Math.abs(count - 1032)).toBeLessThan(200);
});

it('stores the SHA-256 of a token', () => {
  expect(hashPersonalAccessToken('pat_abc')).toBe(
    '28d38ed101bae184d6a39ab52ee9f7f1d56698cdb256b10670bc37577ccad3d2',
  );
});
