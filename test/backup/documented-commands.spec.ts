import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ingest } from '../support/backup-client.js';
import { hasProgram } from '../support/programs.js';
import { PROJECT_ROOT, TestServer } from '../support/test-server.js';

const PAGE = join(PROJECT_ROOT, 'docs', 'backup-and-restore.md');
const programs = ['bash', 'curl', 'jq'].map(hasProgram).every(Boolean);

describe.skipIf(!programs)('the page on backup and restore', () => {
  it('has commands that work, one after the other', async () => {
    const server = await TestServer.start();
    const folder = await mkdtemp(join(tmpdir(), 'flowg-page-'));
    try {
      await ingest(server, await server.login(), 3);
      const blocks = [...(await readFile(PAGE, 'utf8')).matchAll(/^```bash\n(.*?)^```$/gms)].map(
        ([, block], index) => `echo "== ${index}"\n${block!.replaceAll('http://localhost:5080', server.url)}`,
      );
      expect(blocks.length).toBeGreaterThan(8);
      await writeFile(join(folder, 'commands.sh'), `set -euo pipefail\n${blocks.join('\n')}`);
      const { stdout } = await promisify(execFile)('bash', ['commands.sh'], {
        cwd: folder,
        env: { PATH: process.env.PATH },
      });
      expect(stdout).toContain('"outcome": "succeeded"');
      expect(stdout).toContain('"restorable": true');
      expect(stdout).toMatch(/"already_there": 3/);
      expect(stdout).toMatch(/"entries": 0/);
      expect(stdout).toMatch(/"pipelines": \[\n\s+"default"/);
      expect(stdout).toMatch(/^true$/m);
      expect(stdout).toContain('"you_could_not_come_back": false');
    } finally {
      await server.stop();
      await rm(folder, { recursive: true });
    }
  });
});
