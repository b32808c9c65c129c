import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../support/test-server.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowg-dependencies-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function run(script: string, cwd: string, env: Record<string, string> = {}) {
  const path = join(PROJECT_ROOT, 'scripts', script);
  const options = { cwd, encoding: 'utf8', env: { ...process.env, ...env } } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [path], options);
  return { status, stdout, stderr };
}

describe('licences', () => {
  /** A project with one dependency that says this of its licence, and one for development that says nothing. */
  async function projectWith(said: object): Promise<void> {
    const write = async (where: string, what: object) => {
      await mkdir(join(folder, where), { recursive: true });
      await writeFile(join(folder, where, 'package.json'), JSON.stringify({ version: '1.0.0', ...what }));
    };
    await write('.', {
      name: 'project',
      dependencies: { one: '1.0.0' },
      devDependencies: { two: '1.0.0' },
    });
    await write('node_modules/one', { name: 'one', ...said });
    await write('node_modules/two', { name: 'two' });
  }

  it('of this server are all agreed to', () => {
    const { status, stdout, stderr } = run('licences.mjs', PROJECT_ROOT);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^typeorm@\S+  MIT$/m);
    expect(stdout).toMatch(/^\d{3} packages, 0 with a licence that is not agreed to$/m);
    expect(stdout).not.toMatch(/^vitest@/m);
  });

  it.each([
    { license: 'MIT' },
    { license: '(MIT OR GPL-3.0)' },
    { license: 'MIT AND ISC' },
    { licenses: [{ type: 'MIT' }] },
    { license: { type: 'ISC' } },
  ])('that are agreed to: %j', async (said) => {
    await projectWith(said);
    expect(run('licences.mjs', folder)).toMatchObject({ status: 0, stderr: '' });
  });

  it.each([
    [{ license: 'GPL-3.0' }, 'GPL-3.0'],
    [{ license: 'MIT AND GPL-3.0' }, 'MIT AND GPL-3.0'],
    [{ license: '(MIT OR ISC) AND GPL-3.0' }, '(MIT OR ISC) AND GPL-3.0'],
    [{ license: 'SEE LICENSE IN LICENSE.md' }, 'SEE LICENSE IN LICENSE.md'],
    [{}, 'unknown'],
  ])('that are not: %j', async (said, shown) => {
    await projectWith(said);
    const { status, stderr } = run('licences.mjs', folder);
    expect(status).toBe(1);
    expect(stderr).toContain(`one@1.0.0 has the licence "${shown}", which is not agreed to: do without it`);
    expect(stderr).not.toContain('two@');
  });
});

describe('the audit', () => {
  /** An `npm` that prints this. */
  async function answering(text: string, code = 1) {
    await writeFile(join(folder, 'npm'), `#!/bin/sh\ncat <<'END'\n${text}\nEND\nexit ${code}\n`);
    await chmod(join(folder, 'npm'), 0o755);
    return run('audit.mjs', folder, { PATH: `${folder}:${process.env.PATH}` });
  }

  const report = (...severities: string[]) => {
    const entries = severities.map((severity, n) => [`p${n}`, { name: `p${n}`, severity, range: '<2' }]);
    return JSON.stringify({ auditReportVersion: 2, vulnerabilities: Object.fromEntries(entries) });
  };

  it.each([
    ['nothing', report(), 0, 'audit: 0 packages with known weaknesses, 0 of them serious'],
    ['what is not serious', report('low', 'moderate'), 0, 'moderate: p1 <2'],
    [
      'what is serious',
      report('low', 'critical'),
      1,
      'audit: 2 packages with known weaknesses, 1 of them serious',
    ],
    ['what is high', report('high'), 1, 'high: p0 <2'],
    [
      'a registry that has no such thing',
      '{"message":"405 Method Not Allowed"}',
      0,
      'NOT DONE, the registry gave no report: 405 Method',
    ],
    [
      'another kind of failure',
      '{"error":{"summary":"no lock file"}}',
      0,
      'NOT DONE, the registry gave no report: no lock file',
    ],
    ['no JSON', 'sorry', 0, 'NOT DONE, the registry gave no report: no answer'],
  ])('tells %s', async (_what, text, status, line) => {
    const answer = await answering(text);
    expect(answer.status).toBe(status);
    expect(answer.stdout).toContain(line);
  });
});
