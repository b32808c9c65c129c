import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../support/test-server.js';

const read = (file: string) => readFileSync(join(PROJECT_ROOT, file), 'utf8');

describe('the README', () => {
  it('begins with the two commands', () => {
    const commands = /```bash\n([^`]*)```/.exec(read('README.md'))![1]!;
    expect(commands).toMatch(/^npm ci && npm start\b.*\nnpm ci && npm test\b.*\n$/);
  });

  it('names every setting, and no other', () => {
    const inTable = [...read('src/settings.ts').matchAll(/^ {2}(FLOWG_\w+):/gm)].map((found) => found[1]!);
    const settings = inTable.filter((name) => !name.startsWith('FLOWG_TEST_'));
    expect(settings.length).toBeGreaterThan(15);
    const rows = read('README.md')
      .split('\n')
      .filter((line) => line.startsWith('| `FLOWG_'));
    const described = rows.flatMap((row) => row.split('|')[1]!.match(/FLOWG_\w+/g) ?? []);
    expect(described.toSorted()).toEqual(settings.toSorted());
  });
});
