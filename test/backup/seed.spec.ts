import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasProgram } from '../support/programs.js';
import { PROJECT_ROOT } from '../support/test-server.js';
import { expectSeedCommands } from './seed-commands.js';

const programs = ['curl', 'jq'].map(hasProgram).every(Boolean);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

describe.skipIf(!programs)("the commands of the user's guide", () => {
  it("work with both kinds of token on a server started by the README's command", async () => {
    const readme = await readFile(join(PROJECT_ROOT, 'README.md'), 'utf8');
    expect(readme).toContain('npm ci && npm start');
    const folder = await mkdtemp(join(tmpdir(), 'flowg-seed-'));
    const [port, managementPort] = [await freePort(), await freePort()];
    const url = `http://localhost:${port}`;
    const server = spawn('npm', ['start'], {
      cwd: PROJECT_ROOT,
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        FLOWG_DATA_DIR: join(folder, 'data'),
        FLOWG_HTTP_BIND_ADDRESS: `localhost:${port}`,
        FLOWG_MGMT_BIND_ADDRESS: `localhost:${managementPort}`,
      },
    });
    try {
      let printed = '';
      server.stdout.on('data', (text) => (printed += text));
      await expect.poll(() => printed, { timeout: 60_000 }).toContain('listening on');
      await expectSeedCommands(url, folder);
    } finally {
      process.kill(-server.pid!, 'SIGTERM');
      await once(server, 'exit');
      await rm(folder, { recursive: true });
    }
  });
});
