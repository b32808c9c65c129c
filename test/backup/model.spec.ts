import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TestServer } from '../support/test-server.js';
import { Model, type Real, steps } from './model.js';

const STEPS = Number(process.env.FLOWG_TEST_MODEL_STEPS ?? 40);
/** Longer histories find no more, and take longer to shrink. */
const STEPS_OF_A_RUN = 40;

describe(`${STEPS} steps in any order`, () => {
  it(
    'leave what a map in memory would hold: write, delete, backup, restore, merge, undo, crash, restart',
    async () => {
      let taken = 0;
      const history = fc.asyncProperty(steps(STEPS_OF_A_RUN), async (commands) => {
        if (taken >= STEPS) return;
        const server = await TestServer.start();
        const real: Real = { server, token: await server.createToken(await server.login()) };
        try {
          await fc.asyncModelRun(() => ({ model: new Model(), real }), commands);
        } finally {
          await real.server.stop();
        }
        taken += [...commands].length;
      });
      // Shrinking starts a server for each try.
      await fc.assert(history, { numRuns: STEPS, endOnFailure: STEPS < 1000 });
      expect(taken).toBeGreaterThanOrEqual(STEPS);
      console.log(`steps: ${taken}`);
    },
    Math.max(180_000, STEPS * 5000),
  );
});
