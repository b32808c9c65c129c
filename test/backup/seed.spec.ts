import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { hasProgram } from '../support/programs.js';
import { PROJECT_ROOT } from '../support/test-server.js';

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
      const { stdout } = await promisify(execFile)(
        'bash',
        [join(PROJECT_ROOT, 'test', 'backup', 'seed-commands.sh')],
        {
          cwd: folder,
          env: { PATH: process.env.PATH, FLOWG_URL: url, FLOWG_USERNAME: 'root', FLOWG_PASSWORD: 'root' },
        },
      );
      const sections = stdout.split('== ').slice(1);
      expect(sections).toHaveLength(6);
      for (const section of sections) {
        if (section.includes(': restore')) expect(section.match(/true/g), section).toHaveLength(3);
        if (!section.includes('own line')) continue;
        expect(section.match(/^400$/gm), section).toHaveLength(3);
        for (const name of ['auth', 'config', 'logs']) expect(section).toContain(`--form backup=@${name}.db`);
      }
      for (const name of ['auth', 'config', 'logs']) {
        const bytes = await readFile(join(folder, `${name}.db`));
        expect(bytes.toString('latin1', 0, 15)).toBe('SQLite format 3');
      }
    } finally {
      process.kill(-server.pid!, 'SIGTERM');
      await once(server, 'exit');
      await rm(folder, { recursive: true });
    }
  });
});
