import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canMount, hasProgram } from '../support/programs.js';
import { PROJECT_ROOT } from '../support/test-server.js';
import { installFromHere } from './build-stage.js';
import { InstalledServer, NOBODY } from './installed-server.js';

const FIXTURES = join(PROJECT_ROOT, 'test', 'fixtures');
/** Kubernetes waits for so long by default: `FLOWG_SHUTDOWN_SECONDS` and 20 more. */
const GRACE_MILLISECONDS = 30_000;

const run = promisify(execFile);
const shut = canMount();

interface Known {
  token: string;
  answers: Record<string, Record<string, any>>;
}

let folder: string;
let program: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowg-upgrade-'));
  await chmod(folder, 0o755);
  program = join(folder, 'flowg');
  await installFromHere(program);
}, 600_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a pod of the version before has left on the volume when it was stopped, and what its server had answered. */
async function volumeOf(
  version: string,
  place = join(folder, version),
): Promise<{ data: string; known: Known }> {
  await mkdir(place);
  await run('tar', [
    '--extract',
    '--file',
    join(FIXTURES, `data-folder-${version}.tar.gz`),
    '--directory',
    place,
  ]);
  const data = join(place, 'data');
  if (process.getuid?.() === 0) await run('chown', ['--recursive', `${NOBODY}:${NOBODY}`, data]);
  return { data, known: JSON.parse(readFileSync(join(place, 'known.json'), 'utf8')) };
}

describe.skipIf(!hasProgram('tar')).each(['first', 'second'])('a volume of the %s version', (version) => {
  let data: string;
  let known: Known;
  let server: InstalledServer;

  const start = () => InstalledServer.start(program, data, shut);
  const request = (
    method: string,
    path: string,
    body?: RequestInit['body'],
    authorization = `pat:${known.token}`,
  ) =>
    fetch(`${server.url}/api/v1${path}`, {
      method,
      headers: { Authorization: `Bearer ${authorization}` },
      body,
    });
  const answerOf = async (path: string) => (await request('GET', path)).json();

  beforeAll(async () => {
    ({ data, known } = await volumeOf(version));
    server = await start();
  });
  afterAll(() => server.stop());

  async function expectAllThere(): Promise<void> {
    for (const [path, answer] of Object.entries(known.answers))
      expect(await answerOf(path), path).toMatchObject(answer);
  }

  it('is migrated at the start, and everything is there', async () => {
    expect(Object.keys(known.answers).length).toBeGreaterThan(10);
    await expectAllThere();
  });

  it('has the passwords of before, and their rights', async () => {
    const login = await fetch(`${server.url}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ username: 'ann', password: "ann's password" }),
    });
    const { token } = (await login.json()) as { token: string };
    const as = async (path: string) => (await request('GET', path, undefined, `jwt:${token}`)).status;
    expect([await as('/streams'), await as('/users')]).toEqual([200, 403]);
  });

  it('stops within the time that Kubernetes gives, and starts again with everything', async () => {
    const began = Date.now();
    expect(await server.stop(), server.log).toBe(0);
    expect(Date.now() - began).toBeLessThan(GRACE_MILLISECONDS);
    server = await start();
    await expectAllThere();
  });

  it('takes backups of its own, and those that its version made', async () => {
    const backup = async (path: string) => new Blob([await (await request('GET', path)).arrayBuffer()]);
    const restore = async (path: string, file: Blob) => {
      const form = new FormData();
      form.append('backup', file);
      const answer = await request('POST', path, form);
      expect(answer.status, await answer.text()).toBe(200);
    };
    const now = await backup('/backup/logs');
    await restore('/restore/logs', new Blob([await readFile(join(FIXTURES, 'schema-1', 'logs.db'))]));
    const logs = Object.keys(known.answers).find((path) => path.endsWith('Z'))!;
    expect(await answerOf(logs)).not.toMatchObject(known.answers[logs]!);
    await restore('/restore/logs', now);
    expect(await answerOf(logs)).toMatchObject(known.answers[logs]!);
    await restore('/restore', await backup('/backup'));
    expect(await answerOf(logs)).toMatchObject(known.answers[logs]!);
  });
});

it.skipIf(!hasProgram('tar'))('a volume of a newer server is refused by name, and not touched', async () => {
  const { data } = await volumeOf('second', join(folder, 'newer'));
  const file = join(data, 'config', '0001.db');
  const bytes = await readFile(file);
  bytes.writeUInt32BE(99, 60);
  await writeFile(file, bytes);
  await expect(InstalledServer.start(program, data, shut)).rejects.toThrow(
    /^cannot start: the config database has schema version 99, this server knows versions up to \d+: start the newer/m,
  );
  expect(await readFile(file)).toEqual(bytes);
});
