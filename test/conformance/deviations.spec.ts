import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { DEVIATIONS } from './deviations.js';

const HERE = dirname(fileURLToPath(import.meta.url));

describe('each deviation from the contract', () => {
  it.each(DEVIATIONS)(
    '$section: $contract',
    ({ section, contract, ours, because, proof: [spec, scenario] }) => {
      expect(section).toMatch(/^\d/);
      for (const sentence of [contract, ours, because]) expect(sentence).toMatch(/^\S[^]*\.$/);
      // One sentence: why, and nothing else.
      expect(because).not.toMatch(/\. [A-Z]/);
      expect(readFileSync(join(HERE, spec), 'utf8')).toContain(scenario);
    },
  );

  it('is told once', () => {
    const contracts = DEVIATIONS.map(({ contract }) => contract);
    expect(new Set(contracts).size).toBe(contracts.length);
  });
});
