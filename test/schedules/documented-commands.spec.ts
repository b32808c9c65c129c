import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { hasProgram } from '../support/programs.js';
import { PROJECT_ROOT } from '../support/test-server.js';
import { ScheduledServer } from './scheduled-server.js';

const programs = ['bash', 'curl', 'jq'].map(hasProgram).every(Boolean);

describe.skipIf(!programs)('the commands of the README for scheduled backups', () => {
  it('work', async () => {
    const scheduled = await ScheduledServer.start();
    try {
      const page = await readFile(join(PROJECT_ROOT, 'README.md'), 'utf8');
      const [, section] = page.split(/^### Scheduled backups$/m);
      const [, commands] = /^```bash\n(.*?)^```$/ms.exec(section!)!;
      const [helper] = /^api\(\) .*$/m.exec(page)!;
      const script = [
        'set -euo pipefail',
        `export FLOWG_TOKEN=${await scheduled.current.login()} FLOWG_API=${scheduled.current.url}/api/v1`,
        helper,
        commands,
      ].join('\n');
      const { stdout } = await promisify(execFile)('bash', ['-c', script]);
      expect(stdout).toMatch(/^"proven"$/m);
      expect(stdout).toMatch(/"name": "nightly",\s+"next_run_at": "\d{4}-[^"]+",\s+"last": "succeeded"/);
      expect(await scheduled.backupFiles()).toHaveLength(1);
    } finally {
      await scheduled.end();
    }
  });
});
