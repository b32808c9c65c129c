import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PERMISSION_NAMES } from '#src/auth/permissions.js';
import { PROJECT_ROOT } from '../support/test-server.js';

const read = (file: string) => readFileSync(join(PROJECT_ROOT, file), 'utf8');

const settingsInTable = () =>
  [...read('src/settings.ts').matchAll(/^ {2}(FLOWG_\w+):/gm)].map((found) => found[1]!);

describe('the README', () => {
  it('begins with the two commands', () => {
    const commands = /```bash\n([^`]*)```/.exec(read('README.md'))![1]!;
    expect(commands).toMatch(/^npm ci && npm start\b.*\nnpm ci && npm test\b.*\n$/);
  });

  it('names every setting, and no other', () => {
    const settings = settingsInTable().filter((name) => !name.startsWith('FLOWG_TEST_'));
    expect(settings.length).toBeGreaterThan(15);
    const rows = read('README.md')
      .split('\n')
      .filter((line) => line.startsWith('| `FLOWG_'));
    const described = rows.flatMap((row) => row.split('|')[1]!.match(/FLOWG_\w+/g) ?? []);
    expect(described.toSorted()).toEqual(settings.toSorted());
  });
});

describe('SECURITY.md', () => {
  const text = read('SECURITY.md');

  it('says of every permission what it is as much as', () => {
    const rows = [...text.matchAll(/^\| `(\w+)` +\|/gm)].map((found) => found[1]!);
    expect(rows.toSorted()).toEqual(PERMISSION_NAMES.toSorted());
  });

  it('names settings and files that there are', () => {
    const settings = text.match(/FLOWG_\w+/g)!;
    expect(settings.length).toBeGreaterThan(5);
    for (const name of settings) expect(settingsInTable()).toContain(name);
    for (const [, file] of text.matchAll(/\]\(([^)]+)\)/g))
      expect(existsSync(join(PROJECT_ROOT, file!)), file).toBe(true);
  });
});
