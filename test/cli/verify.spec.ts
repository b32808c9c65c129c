import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NAMES, sha256 } from '../support/backup-client.js';
import { hasProgram } from '../support/programs.js';
import { PROJECT_ROOT } from '../support/test-server.js';
import { archiveOf, type Backups, changedBy, withBytes } from '../verify/known-files.js';
import { runCommand, startCommand } from './command.js';

const FIXTURES = join(PROJECT_ROOT, 'test', 'fixtures', 'schema-1');
const NOBODY = 65_534;
let folder: string;
const backups = {} as Backups;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowg-cli-'));
  for (const name of NAMES) backups[name] = await readFile(join(FIXTURES, `${name}.db`));
  await cp(FIXTURES, folder, { recursive: true });
  await writeFile(join(folder, 'all.tar'), await archiveOf(backups));
  await writeFile(
    join(folder, 'bad.db'),
    await changedBy(backups.config, `UPDATE pipelines SET flow = '[]'`),
  );
});
afterAll(() => rm(folder, { recursive: true }));

const run = (...words: string[]) => runCommand(['verify', ...words], { cwd: folder });

describe('verify', () => {
  it('says of good files what is in them and from when', async () => {
    const { code, stdout, stderr } = await run('auth.db', 'all.tar');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^GOOD {2}auth.db: backup of auth as of 20\S+Z, 0.1 MB, SHA-256 [0-9a-f]{64}\n/);
    expect(stdout).toContain(`GOOD  all.tar: archive of all databases as of `);
    expect(stdout).toMatch(/\n {6}logs: 2 streams, 31 entries; schema version 1, by server \S+\n$/);
  });

  it('says of bad ones which check refuses them, and of others what the trouble is', async () => {
    expect(await run('bad.db')).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        /^BAD {3}bad.db: refused by the check "content": pipeline ".+" is not valid/,
      ),
    });
    const mixed = await run('bad.db', 'nowhere.db', 'auth.db');
    expect(mixed.code).toBe(4);
    expect(mixed.stdout).toMatch(
      /^BAD {3}bad.db[^]*\nERROR nowhere.db: there is no such file or folder\nGOOD /,
    );
  });

  it('gives one JSON object for all of them', async () => {
    const { code, stdout } = await run('config.db', 'bad.db', 'nowhere.db', '--json');
    expect(code).toBe(4);
    const [good, bad, missing] = JSON.parse(stdout).files;
    expect(good).toMatchObject({
      file: 'config.db',
      kind: 'database',
      restorable: true,
      sha256: sha256(backups.config),
      databases: { config: { schema_version: 1 } },
    });
    expect(bad).toMatchObject({ restorable: false, failed: { database: 'config', check: 'content' } });
    expect(missing).toEqual({ file: 'nowhere.db', error: 'nowhere.db: there is no such file or folder' });
  });

  it('shows nothing of a file that a terminal would obey', async () => {
    const evil = await changedBy(
      backups.config,
      `UPDATE pipelines SET name = char(27) || '[2J', flow = '[]' WHERE name = 'default'`,
    );
    await writeFile(join(folder, 'evil\x1b[2J.db'), evil);
    const { stdout } = await run('evil\x1b[2J.db');
    expect(stdout).toContain('BAD   evil\\u001b[2J.db');
    expect(stdout).not.toContain('\x1b');
  });

  it('is no bad report when a person stops it, and leaves no copy', async () => {
    const temporary = await mkdtemp(join(tmpdir(), 'flowg-cli-tmp-'));
    const words = ['verify', ...Array.from({ length: 50 }, () => 'all.tar')];
    const { child, ended } = startCommand(words, { cwd: folder, env: { TMPDIR: temporary } });
    await expect.poll(() => readdir(temporary), { timeout: 20_000 }).not.toEqual([]);
    child.kill('SIGINT');
    expect(await ended).toEqual({ code: 130, stdout: '', stderr: 'flowg-backup: interrupted\n' });
    expect(await readdir(temporary)).toEqual([]);
    await rm(temporary, { recursive: true });
  });

  it('says what to do when there is no place for a copy', async () => {
    const nowhere = await runCommand(['verify', 'logs.db'], { cwd: folder, env: { TMPDIR: '/proc' } });
    expect(nowhere).toMatchObject({
      code: 4,
      stdout: 'ERROR /proc takes no copy of logs.db for the check (ENOENT): set TMPDIR to another folder\n',
    });
    const full = await runCommand(['verify', 'logs.db', 'all.tar'], { cwd: folder, shell: 'ulimit -f 16' });
    expect(full.code).toBe(4);
    expect(full.stdout.match(/takes no copy of \S+ for the check \(EFBIG\): set TMPDIR/g)).toHaveLength(2);
  });

  it.skipIf(process.getuid?.() !== 0 || !hasProgram('bash'))(
    'works for somebody who may only read the file and its folder, and writes nothing there',
    async () => {
      const place = join(folder, 'read-only');
      const temporary = join(folder, 'temporary');
      await mkdir(place);
      await mkdir(temporary, { mode: 0o777 });
      await chmod(temporary, 0o777);
      await writeFile(join(place, 'logs.db'), withBytes(backups.logs, 18, 2, 2));
      await chmod(join(place, 'logs.db'), 0o444);
      await chmod(place, 0o555);
      await chmod(folder, 0o755);
      const before = await stat(join(place, 'logs.db'), { bigint: true });
      const { code, stdout } = await runCommand(['verify', join(place, 'logs.db')], {
        uid: NOBODY,
        env: { TMPDIR: temporary },
      });
      expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('GOOD') });
      const { mtimeNs, ctimeNs } = await stat(join(place, 'logs.db'), { bigint: true });
      expect({ mtimeNs, ctimeNs }).toEqual({ mtimeNs: before.mtimeNs, ctimeNs: before.ctimeNs });
      expect(await readdir(place)).toEqual(['logs.db']);
      expect(await readdir(temporary)).toEqual([]);
    },
  );
});
