import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/**
 * Tests run what ships: `#src/…` in a test is the compiled file in `dist/`, which `npm test` builds first. Only the
 * unit specs beside the code are read as TypeScript.
 */
export default defineConfig({
  test: {
    include: ['src/**/*.spec.ts', 'test/**/*.spec.ts'],
    pool: 'forks',
    // Most of the time goes into starting servers and waiting for disks.
    maxWorkers: Math.max(2, availableParallelism()),
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
