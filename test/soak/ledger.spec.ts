import { describe, expect, it, vi } from 'vitest';
import { Ledger } from './ledger.js';

/** Three entries, sent at 1000, 2000 and 3000; the last one was never acknowledged. */
function ledger(): Ledger {
  vi.useFakeTimers();
  const made = new Ledger();
  for (const time of [1000, 2000, 3000]) {
    vi.setSystemTime(time);
    const sent = made.send(1);
    vi.setSystemTime(time + 10);
    if (time < 3000) made.acknowledge(sent);
  }
  vi.useRealTimers();
  return made;
}

describe('the ledger of the soak test', () => {
  it.each([
    ['what was acknowledged', [1, 2]],
    ['what nobody knows as well', [1, 2, 3]],
  ])('takes %s', (_, found) => {
    expect(ledger().faultsOf(found)).toEqual([]);
  });

  it('misses what was acknowledged before the instant, and nothing else', () => {
    expect(ledger().faultsOf([], 1010)).toEqual([]);
    expect(ledger().faultsOf([], 1011)).toEqual(['1 acknowledged entries are missing: 1']);
    expect(ledger().faultsOf([1])).toEqual(['1 acknowledged entries are missing: 2']);
  });

  it('sees what cannot be there yet, what never was sent, and what is there twice', () => {
    expect(ledger().faultsOf([1, 2], 1500)).toEqual([
      expect.stringMatching(/^1 entries are from after.*: 2$/),
    ]);
    expect(ledger().faultsOf([1, 2, 9])).toEqual([expect.stringMatching(/: 9$/)]);
    expect(ledger().faultsOf([1, 2, 2])).toEqual(['1 entries are there twice']);
  });

  it('knows after a restore that what is gone is gone, and what is there stays', () => {
    const restored = ledger();
    restored.rewind([1, 3]);
    expect(restored.faultsOf([1, 3])).toEqual([]);
    expect(restored.faultsOf([1])).toEqual(['1 acknowledged entries are missing: 3']);
    expect(restored.faultsOf([1, 2, 3])).toEqual([expect.stringMatching(/or were gone: 2$/)]);
  });
});
