import { createHash } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AllOfflineChecks, offlineChecks } from '#src/backup/verify/offline-checks.js';
import { verifyFile } from '#src/cli/files/verify-file.js';
import { NAMES, sha256 } from '../support/backup-client.js';
import { PROJECT_ROOT } from '../support/test-server.js';
import { archiveOf, BAD_FILES, type Backups, changedBy, freshBackups, withBytes } from './known-files.js';

let backups: Backups;
let folder: string;
let checks: AllOfflineChecks;

beforeAll(async () => {
  backups = await freshBackups();
  checks = await offlineChecks();
  folder = await mkdtemp(join(tmpdir(), 'flowg-verify-test-'));
  // One in which nobody else works.
  process.env.TMPDIR = await mkdtemp(join(tmpdir(), 'flowg-verify-tmp-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await rm(tmpdir(), { recursive: true });
});

/** Everything of a file that a check must leave alone. */
async function traceOf(file: string) {
  const { mtimeNs, ctimeNs, size, mode, ino, nlink } = await stat(file, { bigint: true });
  const digest = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  return { mtimeNs, ctimeNs, size, mode, ino, nlink, digest, beside: await readdir(folder) };
}

/** Verifies a file of these bytes, and proves that nothing of it was changed and nothing was left anywhere. */
async function reportOn(bytes: Buffer, name = 'candidate') {
  const file = join(folder, name);
  await writeFile(file, bytes);
  await chmod(file, 0o444);
  const before = await traceOf(file);
  const report = await verifyFile(file, checks);
  expect(await traceOf(file)).toEqual(before);
  expect(await readdir(tmpdir())).toEqual([]);
  await rm(file);
  return report;
}

describe('a good file is restorable', () => {
  it.each(NAMES)('a fresh backup of %s', async (name) => {
    const report = await reportOn(backups[name]);
    expect(report).toEqual({
      kind: 'database',
      restorable: true,
      bytes: backups[name].length,
      sha256: sha256(backups[name]),
      instant: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      server_version: expect.stringMatching(/^\d+\.\d+/),
      databases: {
        [name]: {
          restorable: true,
          bytes: backups[name].length,
          sha256: sha256(backups[name]),
          instant: report.instant,
          server_version: report.server_version,
          schema_version: checks[name].schemas.length,
          rows: expect.any(Object),
          failed: null,
        },
      },
      failed: null,
    });
    if (name === 'logs') expect(report.databases.logs!.rows).toMatchObject({ streams: 1, entries: 50 });
  });

  it.each(NAMES)('a backup of %s of the first schema version', async (name) => {
    const bytes = await readFile(join(PROJECT_ROOT, 'test', 'fixtures', 'schema-1', `${name}.db`));
    const report = await reportOn(bytes);
    expect(report).toMatchObject({ restorable: true, failed: null });
    expect(report.databases[name]!.schema_version).toBe(1);
  });

  it.each(NAMES)('one of %s that says it has a write-ahead log, or was written anew', async (name) => {
    expect(await reportOn(withBytes(backups[name], 18, 2, 2))).toMatchObject({ restorable: true });
    expect(await reportOn(await changedBy(backups[name], 'VACUUM'))).toMatchObject({ restorable: true });
  });

  it('an archive of all three', async () => {
    const bytes = await archiveOf(backups);
    const report = await reportOn(bytes, 'all.tar');
    expect(report).toMatchObject({ kind: 'archive', restorable: true, bytes: bytes.length, failed: null });
    expect(report.sha256).toBe(sha256(bytes));
    expect(Object.keys(report.databases)).toEqual(NAMES);
    for (const name of NAMES) {
      expect(report.databases[name]).toMatchObject({ restorable: true, sha256: sha256(backups[name]) });
    }
  });
});

describe('a bad file is not, by the check that a restore would name', () => {
  it.each(BAD_FILES)('$what', async ({ check, make, database }) => {
    const report = await reportOn(await make(backups));
    expect(report.restorable).toBe(false);
    expect(report.failed).toMatchObject({ check, reason: expect.stringMatching(/\w+ \w+/) });
    const early = ['header', 'kind', 'version', 'size'].includes(check);
    expect(Object.keys(report.databases)).toEqual(report.databases[database] ? [database] : []);
    expect(report.databases[database] !== undefined || early).toBe(true);
    expect(JSON.stringify(report)).not.toContain(tmpdir());
  });

  it('a backup after which nobody could administer', async () => {
    const report = await reportOn(
      await changedBy(backups.auth, `DELETE FROM role_scopes WHERE scope = 'write_acls'`),
    );
    expect(report.failed).toMatchObject({ database: 'auth', check: 'administrator' });
    expect(report.databases.auth).toMatchObject({ restorable: false, rows: expect.any(Object) });
  });

  it('the catalogue of a server', async () => {
    const catalogue = Buffer.from(backups.auth);
    catalogue.write('FLGB', 68, 'latin1');
    expect((await reportOn(catalogue)).failed).toEqual({
      database: null,
      check: 'kind',
      reason: 'this is the catalogue of backups and restores, which is not restored',
    });
  });
});

describe('an archive is not restorable', () => {
  it.each(
    BAD_FILES.filter(({ check }) => ['schema', 'structure', 'references', 'rows', 'content'].includes(check)),
  )('with $what in it', async ({ make, database, check }) => {
    const report = await reportOn(await archiveOf({ ...backups, [database]: await make(backups) }));
    expect(report).toMatchObject({ kind: 'archive', restorable: false, failed: { database, check } });
    for (const name of NAMES) expect(report.databases[name]!.restorable).toBe(name !== database);
  });

  it('when it is cut, when two databases changed places, when its manifest says other things of a file', async () => {
    const good = await archiveOf(backups);
    const cut = await reportOn(good.subarray(0, good.length / 2));
    expect(cut).toMatchObject({ kind: 'archive', sha256: null, databases: {}, failed: { check: 'archive' } });
    const { auth, config } = backups;
    const swapped = await reportOn(await archiveOf({ ...backups, auth: config, config: auth }));
    expect(swapped.failed).toMatchObject({ database: 'auth', check: 'kind' });
    for (const change of [
      (manifest: any) => manifest.databases.logs.rows.entries++,
      (manifest: any) => (manifest.databases.logs.instant = '2020-01-01T00:00:00.000Z'),
      (manifest: any) => (manifest.databases.logs.schema_version = 1),
    ]) {
      const { failed } = await reportOn(await archiveOf(backups, change));
      expect(failed).toMatchObject({ database: 'logs', check: 'archive' });
      expect(failed!.reason).toContain('says other things of logs.db');
    }
  });
});

describe('what cannot be read', () => {
  it('is trouble of this machine, not a report', async () => {
    await expect(verifyFile(join(folder, 'nowhere'), checks)).rejects.toMatchObject({
      exitCode: 4,
      message: `${folder}/nowhere: there is no such file or folder`,
    });
    await expect(verifyFile(folder, checks)).rejects.toMatchObject({ exitCode: 4 });
    expect(await readdir(tmpdir())).toEqual([]);
  });
});
