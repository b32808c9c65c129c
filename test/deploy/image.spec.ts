import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectSeedCommands } from '../backup/seed-commands.js';
import { canMount, hasProgram } from '../support/programs.js';
import { PROJECT_ROOT } from '../support/test-server.js';
import { installFromHere, runBuildStage } from './build-stage.js';
import { commandOf } from './dockerfile.js';
import { InstalledServer } from './installed-server.js';
import { readmeBlock } from './readme-blocks.js';

/** `full`: every step of the Dockerfile from the sources on, which takes minutes; otherwise what is built here is taken. */
const FULL = process.env.FLOWG_TEST_IMAGE === 'full';

const run = promisify(execFile);
const manifest = JSON.parse(readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8'));
const lockfile: { packages: Record<string, { dev?: boolean }> } = JSON.parse(
  readFileSync(join(PROJECT_ROOT, 'package-lock.json'), 'utf8'),
);
const DEVELOPMENT_ONLY = Object.keys(lockfile.packages).filter((path) => lockfile.packages[path]!.dev);
const programs = ['bash', 'curl', 'jq', 'openssl'].map(hasProgram).every(Boolean);
const shut = canMount();

let folder: string;
let program: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowg-image-'));
  await chmod(folder, 0o755);
  program = join(folder, 'flowg');
  if (FULL) await runBuildStage(join(folder, 'source'), program);
  else await installFromHere(program);
}, 600_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('what the image holds', () => {
  it('is what the server needs, and no compiler', async () => {
    const files = await readdir(program, { recursive: true });
    const inside = (name: string) => existsSync(join(program, 'node_modules', name));
    expect(Object.keys(manifest.dependencies).filter((name) => !inside(name))).toEqual([]);
    expect(DEVELOPMENT_ONLY.length).toBeGreaterThan(100);
    expect(DEVELOPMENT_ONLY.filter((path) => existsSync(join(program, path)))).toEqual([]);
    expect(['node-gyp', '.bin/node-gyp', '.bin/tsc'].filter(inside)).toEqual([]);
    expect(files.filter((name) => /\.(c|cc|cpp|h|o|a|ts|map|tsbuildinfo)$/.test(name))).toEqual([]);
    expect(files.filter((name) => /\.spec\./.test(name) && !name.startsWith('node_modules'))).toEqual([]);
  });

  it('is small', async () => {
    const { stdout } = await run('du', ['--summarize', '--apparent-size', '--block-size=1M', program]);
    console.log(`the server in the image: ${stdout.split('\t')[0]} MiB`);
    expect(Number.parseInt(stdout, 10)).toBeLessThan(120);
  });

  it('is put into an empty folder only', async () => {
    await expect(run(join(PROJECT_ROOT, 'deploy', 'install.sh'), [program])).rejects.toMatchObject({
      stderr: `${program} is not empty\n`,
    });
  });
});

describe.skipIf(!programs)('the server in the image', () => {
  let server: InstalledServer;
  let data: string;

  beforeAll(async () => {
    data = join(folder, 'data');
    server = await InstalledServer.start(program, data, shut, { FLOWG_AUTH_INITIAL_PASSWORD: 'root' });
  });
  afterAll(() => server.stop());

  it('passes the commands of the README as nobody, with nothing to write to but its data', async () => {
    const [meet, backup, restore] = ['Five minutes', 'Backup', 'Restore'].map((title) =>
      readmeBlock(title).replaceAll('http://localhost:5080', server.url),
    );
    const look = meet!.trim().split('\n\n').at(-1)!;
    const printed = await commands(
      meet!,
      backup!,
      meet!.replaceAll('hello', 'after the backup'),
      `echo '== before'; ${look}`,
      restore!,
      `echo '== after'; ${look}`,
    );
    const [, before, after] = printed.split('== ');
    expect(before).toContain('after the backup');
    expect(after).toContain('"message":"hello"');
    expect(after).not.toContain('after the backup');
  });

  it("passes the commands of the user's guide, with both kinds of token", () =>
    expectSeedCommands(server.url, folder));

  it('restores backups of the first version', async () => {
    const printed = await commands(
      readmeBlock('Five minutes').replaceAll('http://localhost:5080', server.url),
      `cd ${join(PROJECT_ROOT, 'test', 'fixtures', 'schema-1')}`,
      ...['config', 'logs'].map(
        (name) =>
          `curl -H "Authorization: Bearer jwt:$FLOWG_TOKEN" ${server.url}/api/v1/restore/${name} --form backup=@${name}.db`,
      ),
    );
    expect(printed.match(/"success":true,"restore_id".*?"schema_version":1/g)).toHaveLength(2);
  });

  it('cannot write where its code is, and with a read-only root nowhere else', async () => {
    const writes = async (where: string) => (await server.exitCodeOf(['touch', join(where, 'x')])) === 0;
    expect(await writes(data)).toBe(true);
    expect(await writes(join(program, 'dist'))).toBe(process.getuid?.() !== 0);
    if (shut) for (const place of ['/tmp', '/var/tmp', '/dev/shm']) expect(await writes(place)).toBe(false);
  });

  it('is well by its health check while it runs, and stops cleanly', async () => {
    expect(await health(server)).toBe(0);
    expect(await server.stop(), server.log).toBe(0);
    expect(await health(server)).toBe(1);
  });

  it('is well by its health check over TLS, and generates a first password that nobody can guess', async () => {
    await commands(
      'openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=flowg.example.org -days 1 -keyout key.pem -out cert.pem',
      'chmod a+r key.pem',
    );
    const other = await InstalledServer.start(program, join(folder, 'other-data'), shut, {
      FLOWG_MGMT_TLS_ENABLED: 'true',
      FLOWG_MGMT_TLS_CERT: join(folder, 'cert.pem'),
      FLOWG_MGMT_TLS_KEY: join(folder, 'key.pem'),
    });
    try {
      expect(other.log).toContain('management on https://');
      expect(await health(other)).toBe(0);
      expect(other.log).toMatch(
        /^The password of the initial user "(.*)" is (\S+) \(not shown again: change it\)$/m,
      );
    } finally {
      await other.stop();
    }
  });
});

function health(server: InstalledServer): Promise<number> {
  return server.exitCodeOf(commandOf('HEALTHCHECK'), {
    FLOWG_MGMT_BIND_ADDRESS: `0.0.0.0:${server.managementPort}`,
  });
}

/** Runs blocks of shell one after the other in one shell, which stops at the first failure. */
async function commands(...blocks: string[]): Promise<string> {
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', blocks.join('\n')], {
    cwd: folder,
    env: { PATH: process.env.PATH },
  });
  return stdout;
}
