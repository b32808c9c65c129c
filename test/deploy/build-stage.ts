import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PROJECT_ROOT } from '../support/test-server.js';
import { restsOf, stagesOfDockerfile } from './dockerfile.js';

const run = promisify(execFile);

/** What `.dockerignore` lets through: it refuses everything, then names what is needed. */
export function contextOfDockerfile(): string[] {
  const lines = readFileSync(join(PROJECT_ROOT, '.dockerignore'), 'utf8').split('\n');
  return lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
}

/**
 * Does what the first stage of the Dockerfile does, instruction by instruction, in a folder instead of a container.
 * @param program stands for /opt/flowg, which the final stage takes over.
 */
export async function runBuildStage(source: string, program: string): Promise<void> {
  await mkdir(source, { recursive: true });
  for (const { keyword, rest } of stagesOfDockerfile()[0]!) {
    if (keyword === 'COPY') {
      const names = rest === '. .' ? contextOfDockerfile() : rest.split(' ').slice(0, -1);
      for (const name of names) await cp(join(PROJECT_ROOT, name), join(source, name), { recursive: true });
    }
    if (keyword === 'RUN' && !rest.includes(' /data')) {
      const command = rest.replace('/opt/flowg', program);
      await run('sh', ['-c', command], { cwd: source, maxBuffer: 64 * 1024 * 1024 });
    }
  }
}

/** Installs what is built here already, with SQLite's driver as it is compiled here: the same, without the minutes. */
export async function installFromHere(program: string): Promise<void> {
  const install = restsOf(stagesOfDockerfile()[0]!, 'RUN').find((command) => command.includes('install.sh'));
  const compiled = join(PROJECT_ROOT, 'node_modules', 'sqlite3', 'build', 'Release', 'node_sqlite3.node');
  await run('sh', ['-c', install!.replace('/opt/flowg', program)], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, FLOWG_SQLITE3_BUILD: compiled },
  });
}
