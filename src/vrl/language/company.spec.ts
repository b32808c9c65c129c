import { beforeEach, describe, expect, it } from 'vitest';
import { Company } from './company.js';

describe('Company', () => {
  let company: Company;

  /** Records that were run alone before some were run together. */
  function trialOf(one: Company): number {
    for (let count = 0; count < 10_000; count++) {
      if (one.sizeFor(100) > 1) return count;
      one.noteAlone(true, 0.05);
    }
    return Infinity;
  }

  beforeEach(() => {
    company = new Company('.a = 1');
  });

  it('comes after a trial, and never to a script with variables', () => {
    expect(trialOf(company)).toBe(16);
    expect(trialOf(new Company('x = 1'))).toBe(Infinity);
  });

  it('begins anew with its trial when a record fails alone', () => {
    for (let n = 0; n < 15; n++) company.noteAlone(true, 0.05);
    company.noteAlone(false, 0.05);
    expect(trialOf(company)).toBe(16);
  });

  it('comes the later the more often it fails, and the sooner when it succeeds', () => {
    const trials = Array.from({ length: 8 }, () => {
      company.noteTogether(false, 64, 1);
      return trialOf(company);
    });
    expect(trials).toEqual([32, 64, 128, 256, 512, 1024, 1024, 1024]);
    for (let n = 0; n < 10; n++) company.noteTogether(true, 64, 1);
    company.noteTogether(false, 64, 1);
    expect(trialOf(company)).toBe(32);
  });

  it('is as large as the records are quick, and as there are records', () => {
    trialOf(company);
    expect(company.sizeFor(1000)).toBe(64);
    expect(company.sizeFor(5)).toBe(5);
    expect(company.sizeFor(2)).toBe(1);
    company.noteTogether(true, 10, 5);
    expect(company.sizeFor(1000)).toBe(10);
    company.noteAlone(true, 4);
    expect(company.sizeFor(1000)).toBe(1);
  });
});
