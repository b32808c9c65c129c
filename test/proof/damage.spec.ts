import { readFile, rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Packing } from '#src/backup/packing/packing.js';
import { namesIn, RUN_SCOPES, type RunScope } from '#src/backup/run-scope.js';
import type { Run } from '#src/backup/run.entity.js';
import type { Proof } from '#src/backup/stored-copy.js';
import { sha256 } from '../support/backup-client.js';
import { newAgeKey } from '../packing/packed.js';
import { freshArchive, freshBackups } from '../verify/known-files.js';
import { type Good, WRONG_BYTES, WRONG_CONTENTS } from './damages.js';
import { factsOfGood, type Planted, ProofBench } from './proof-bench.js';

const PACKINGS: Record<string, Packing> = {
  plain: { compression: 'none', recipients: [] },
  gzip: { compression: 'gzip', recipients: [] },
  sealed: { compression: 'none', recipients: [] },
};

let bench: ProofBench;
let good: Good;
const facts = {} as Record<RunScope, Partial<Run>>;

beforeAll(async () => {
  bench = await ProofBench.open();
  PACKINGS.sealed!.recipients = [(await newAgeKey()).recipient];
  const older = await freshBackups();
  const { archive, backups } = await freshArchive();
  good = { older, backups, archive };
  for (const scope of RUN_SCOPES) facts[scope] = await factsOfGood(scope, backups);
}, 60_000);
afterAll(() => bench.close());

/** As a schedule does it: with what has packed the copy. */
function prove({ run, packed }: Planted): Promise<Proof> {
  return bench.service.prove(run, AbortSignal.timeout(60_000), packed);
}

const contentOf = (scope: RunScope) => (scope === 'all' ? good.archive : good.backups[scope]);

describe.each(Object.keys(PACKINGS))('a stored copy, %s,', (kind) => {
  const packing = () => PACKINGS[kind]!;

  it.each(RUN_SCOPES)('that is as it was is proven: %s', async (scope) => {
    const planted = await bench.plant(scope, contentOf(scope), packing(), facts[scope]);
    const proof = await prove(planted);
    expect(proof).toMatchObject({ outcome: 'proven', reach: 'content', failed: null, error: null });
    const ofEach = namesIn(scope).flatMap(() => ['restorable', 'catalogue', 'queries']);
    expect(proof.checks.map(({ check }) => check)).toEqual(['stored', 'content', ...ofEach]);
    expect([...new Set(proof.queries.map(({ database }) => database))]).toEqual(namesIn(scope));
    expect(planted.run.proof).toBe(proof);
    expect(await bench.receipt(planted)).toMatchObject({
      backup: planted.run.id,
      database: scope,
      stored: { sha256: planted.run.stored!.sha256 },
      content: { sha256: planted.run.sha256 },
      instant: planted.run.instant,
      rows: planted.run.rowCounts,
      proof: { outcome: 'proven', error: null },
    });
    expect(await bench.workshops()).toEqual([]);
  });

  it.each(WRONG_CONTENTS)('that has $what ($database) is not', async (wrong) => {
    const { database, check, text, make } = wrong;
    const planted = await bench.plant(database, await make(good), packing(), {
      ...facts[database],
      ...wrong.facts,
    });
    const before = await readFile(planted.path);
    const proof = await prove(planted);
    expect(proof).toMatchObject({ outcome: 'failed', error: expect.stringMatching(/.{20}/) });
    if (check) expect({ failed: proof.failed, error: proof.error }).toMatchObject({ failed: check });
    if (text) expect(proof.error).toMatch(text);
    expect(await bench.receipt(planted)).toMatchObject({ proof: { outcome: 'failed', error: proof.error } });
    expect((await readFile(planted.path)).equals(before)).toBe(true);
    expect(await bench.workshops()).toEqual([]);
  });

  it.each(WRONG_BYTES)('that has $what is not', async ({ change }) => {
    const planted = await bench.plant('logs', contentOf('logs'), packing(), facts.logs);
    await writeFile(planted.path, change(await readFile(planted.path)));
    const proof = await prove(planted);
    expect(proof.outcome).toBe('failed');
    expect(proof.error).toMatch(
      /is not what was written|compressed data|sealed file|check "(header|size|kind|version)"/,
    );
  });

  it('that was replaced by an older one is not', async () => {
    const older = await bench.plant('logs', good.older.logs, packing(), facts.logs);
    const planted = await bench.plant('logs', contentOf('logs'), packing(), facts.logs);
    await writeFile(planted.path, await readFile(older.path));
    const { outcome, error } = await prove(planted);
    expect(outcome).toBe('failed');
    expect(error).toMatch(/is not what was written|header of the sealed file is not the one/);
  });

  it('that is not there is not, and gets no receipt', async () => {
    const planted = await bench.plant('config', contentOf('config'), packing(), facts.config);
    await rm(planted.path);
    const proof = await prove(planted);
    expect(proof).toMatchObject({ outcome: 'failed', failed: 'missing', checks: [], queries: [] });
    expect(proof.error).toContain(planted.run.stored!.file);
    await expect(bench.receipt(planted)).rejects.toThrow('ENOENT');
  });
});

describe('bytes that the catalogue says were written', () => {
  const ofTheRow = async (planted: Planted, bytes: Buffer) => {
    await writeFile(planted.path, bytes);
    Object.assign(planted.run.stored!, { bytes: bytes.length, sha256: sha256(bytes) });
  };

  for (const kind of ['gzip', 'sealed'] as const)
    it.each(WRONG_BYTES)(`are found out by unpacking: ${kind}, $what`, async ({ change, unpackingTells }) => {
      const planted = await bench.plant('logs', contentOf('logs'), PACKINGS[kind]!, facts.logs);
      await ofTheRow(planted, change(await readFile(planted.path)));
      const { outcome, error } = await prove(planted);
      expect(outcome).toBe('failed');
      expect(error).toMatch(unpackingTells[kind]);
    });

  it('are found out by what comes out of them: another backup', async () => {
    for (const kind of ['plain', 'gzip']) {
      const planted = await bench.plant('logs', contentOf('logs'), PACKINGS[kind]!, facts.logs);
      const older = await bench.plant('logs', good.older.logs, PACKINGS[kind]!, facts.logs);
      await ofTheRow(planted, await readFile(older.path));
      const { outcome, failed, error } = await prove(planted);
      expect({ outcome, failed }).toEqual({ outcome: 'failed', failed: 'content' });
      expect(error).toMatch(/what comes out of it is not the backup that went in/);
    }
  });
});

describe('a sealed copy that nobody here can open any more', () => {
  it('is proven as far as its bytes', async () => {
    const { run } = await bench.plant('auth', contentOf('auth'), PACKINGS.sealed!, facts.auth);
    const proof = await bench.service.prove(run, AbortSignal.timeout(60_000));
    expect(proof).toMatchObject({ outcome: 'proven', reach: 'bytes', queries: [] });
    expect(proof.checks.map(({ check }) => check)).toEqual(['stored']);
  });

  it.each(WRONG_BYTES)('is not when it has $what', async ({ change }) => {
    const { run, path } = await bench.plant('auth', contentOf('auth'), PACKINGS.sealed!, facts.auth);
    await writeFile(path, change(await readFile(path)));
    const proof = await bench.service.prove(run, AbortSignal.timeout(60_000));
    expect(proof).toMatchObject({ outcome: 'failed', reach: 'bytes', failed: 'stored' });
    expect(proof.error).toMatch(/what lies in the destination is not what was written/);
  });
});
