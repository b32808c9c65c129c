import { describe, expect, it } from 'vitest';
import { isTrusted, requireTrustedSqlite } from './sqlite-version.js';

describe('the SQLite that is linked in', () => {
  it.each(['3.51.3', '3.51.10', '3.52.0', '4.0.0'])('%s is trusted', (version) => {
    expect(isTrusted(version)).toBe(true);
  });

  it.each(['3.51.2', '3.51', '3.9.99', '2.99.99'])('%s is refused', (version) => {
    expect(isTrusted(version)).toBe(false);
  });

  it('is one that is trusted', async () => {
    expect(await requireTrustedSqlite()).toMatch(/^3\.\d+\.\d+$/);
  });
});
