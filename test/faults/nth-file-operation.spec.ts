import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NAMES } from '../support/backup-client.js';
import { hasProgram } from '../support/programs.js';
import { shownState } from '../support/two-states.js';
import type { Call, Fault } from './failing-io.js';
import { FAULTS } from './faults.js';
import { type Attempt, FaultyServer } from './faulty-server.js';
import { CUT, type Operation, OPERATIONS, writeTo } from './operations.js';

/** Of the file operations of a request, every so many-th is made to fail, in turn for each fault; 1: every one. */
const STRIDE = Number(process.env.FLOWG_TEST_IO_STRIDE ?? 23);

const NOTHING: Fault = { name: 'nothing', calls: [], error: 'EIO', lasting: false };

describe.skipIf(!hasProgram('cc'))(`when a file operation fails, every ${STRIDE}th of a request`, () => {
  let faulty: FaultyServer;
  /** Most descriptors that requests leave open which nothing disturbs. */
  let mostDescriptors = 0;
  const hits: Record<string, number> = {};

  beforeAll(async () => {
    faulty = await FaultyServer.start();
    for (const operation of [...OPERATIONS, ...OPERATIONS]) {
      await expectSuccess(operation, NOTHING, operation.name);
      mostDescriptors = Math.max(mostDescriptors, await faulty.descriptors());
    }
  });
  afterAll(() => faulty.stop());

  describe.each(OPERATIONS)('$name', (operation) => {
    it.each(FAULTS)('$name', { timeout: 600_000 }, async (fault) => {
      const { calls } = await expectSuccess(operation, fault, operation.name);
      const offset = (OPERATIONS.indexOf(operation) + FAULTS.indexOf(fault)) % STRIDE;
      let hit = 0;
      // Not every request needs the same number of operations: the first one that was not hit is the end.
      for (let nth = 1 + (calls > STRIDE ? offset : 0); await isHit(operation, fault, nth); nth += STRIDE)
        hit++;
      // How much a request reads of a file that is open depends on what is in memory.
      if (operation.switches.length > 0 || !fault.calls.includes('read'))
        expect(hit * STRIDE, 'operations covered').toBeGreaterThanOrEqual(calls / 2);
      hits[operation.name] = (hits[operation.name] ?? 0) + hit;
    });
  });

  it('the server has never ended, and the next start removes what could not be removed', async () => {
    expect(faulty.site.server.exited).toBe(false);
    const before = await faulty.liveDigests();
    const excused = faulty.excused.size;
    await faulty.restart();
    expect(await faulty.liveDigests()).toEqual(before);
    expect(await faulty.leftBehind()).toEqual([]);
    console.log(`file operations that failed: ${JSON.stringify(hits)}; left for the next start: ${excused}`);
  });

  /** @returns false when the request was over before its n-th operation. */
  async function isHit(operation: Operation, fault: Fault, nth: number): Promise<boolean> {
    const attempt = await faulty.attempt(operation, fault, nth);
    const [first] = attempt.refused;
    const where = `${nth}th: ${first?.kind} ${first?.path}: ${JSON.stringify(attempt.outcome)}`;
    expectOldOrNew(operation, attempt, where);
    expectHonest(attempt, fault, where);
    expect(await faulty.leftBehind(), where).toEqual([]);
    expect(await faulty.descriptors(), where).toBeLessThanOrEqual(mostDescriptors);
    await expectOneState(where);
    if (attempt.refused.length === 0) return false;
    await writeTo(faulty.site, operation.database);
    await expectSuccess(operation, NOTHING, where);
    expect(await faulty.logCanBeEmptied(operation.database), where).toBe(true);
    return true;
  }

  /** An error means that nothing has changed: no operation fails once it has gone through the switch. */
  function expectOldOrNew(operation: Operation, attempt: Attempt, where: string): void {
    const { outcome, before, after, switched } = attempt;
    const succeeded = outcome.status === 200;
    if (succeeded) expect(after, where).toMatchObject(operation.after(faulty.site, before));
    else expect(after, where).toEqual(before);
    expect(switched, where).toEqual(succeeded ? operation.switches : []);
  }

  function expectHonest({ outcome, refused }: Attempt, fault: Fault, where: string): void {
    const statuses = possibleStatuses(refused[0], fault);
    expect(statuses, where).toContain(outcome.status);
    expect(outcome.text, where).not.toMatch(/\/flowg-|\bat .*:\d+:\d+/);
  }

  /** Requests are answered from what is live on disk. */
  async function expectOneState(where: string): Promise<void> {
    const { server, token, states } = faulty.site;
    const live = await faulty.liveDigests();
    for (const name of NAMES) {
      const known = states.findIndex(({ digests }) => digests[name] === live[name]);
      if (known >= 0) expect(await shownState(server, token, name), where).toBe(known);
    }
  }

  async function expectSuccess(operation: Operation, fault: Fault, where: string) {
    const attempt = await faulty.attempt(operation, fault, 0);
    expect(attempt.outcome.status, `after ${where}: ${attempt.outcome.text}`).toBe(200);
    expectOldOrNew(operation, attempt, where);
    expect(await faulty.leftBehind(), where).toEqual([]);
    return attempt;
  }
});

/** @param first the call that failed first. */
function possibleStatuses(first: Call | undefined, fault: Fault): number[] {
  if (!first || fault.error === 'half') return [200];
  if (fault.error === 'ENOSPC' && first.kind === 'write' && !first.path.endsWith('-shm'))
    return [200, 507, CUT];
  // SQLite tells a page that cannot be read from a damaged one in some places only.
  if (first.kind === 'read' && first.path.includes('/incoming-')) return [200, 500, 400];
  return [200, 500, 507, CUT];
}
