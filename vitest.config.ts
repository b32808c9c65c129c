import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes minutes comes first: last, it would run alone while the other processors have nothing to do. */
const LONGEST = [
  'backup/kill',
  'deploy/image',
  'server/stop-amid-runs',
  'faults/nth-file-operation',
  'logs/ingest-kill',
  'schedules/stop-and-kill',
  'flowg-import/bad-files',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = LONGEST.findIndex((name) => moduleId.endsWith(`${name}.spec.ts`));
      return place < 0 ? LONGEST.length : place;
    };
    // oxlint-disable-next-line unicorn/no-array-sort -- it is Vitest's method of that name, no array's
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

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
    sequence: { sequencer: LongestFirst },
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
