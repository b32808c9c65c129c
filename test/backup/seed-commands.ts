import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { PROJECT_ROOT } from '../support/test-server.js';
import { NAMES } from '../support/backup-client.js';

/**
 * Runs the commands of the user's guide against a server whose `root` has the password `root`: with both kinds of token
 * backups come and go back, and the guide's own line is refused with advice.
 * @param folder where the backups go.
 */
export async function expectSeedCommands(url: string, folder: string): Promise<void> {
  const script = join(PROJECT_ROOT, 'test', 'backup', 'seed-commands.sh');
  const { stdout } = await promisify(execFile)('bash', [script], {
    cwd: folder,
    env: { PATH: process.env.PATH, FLOWG_URL: url, FLOWG_USERNAME: 'root', FLOWG_PASSWORD: 'root' },
  });
  const sections = stdout.split('== ').slice(1);
  expect(sections).toHaveLength(6);
  for (const section of sections) {
    if (section.includes(': restore')) expect(section.match(/true/g), section).toHaveLength(3);
    if (!section.includes('own line')) continue;
    expect(section.match(/^400$/gm), section).toHaveLength(3);
    for (const name of NAMES) expect(section).toContain(`--form backup=@${name}.db`);
  }
  for (const name of NAMES) {
    const bytes = await readFile(join(folder, `${name}.db`));
    expect(bytes.toString('latin1', 0, 15)).toBe('SQLite format 3');
  }
}
