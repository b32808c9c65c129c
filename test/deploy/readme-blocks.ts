import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../support/test-server.js';

/** The blocks of commands below a heading of the README. */
export function readmeBlocks(title: string): string[] {
  const text = readFileSync(join(PROJECT_ROOT, 'README.md'), 'utf8');
  const section = text.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? '';
  return [...section.matchAll(/```bash\n([^]*?)```/g)].map((found) => found[1]!);
}

/** The first of these blocks. @throws Error when there is none. */
export function readmeBlock(title: string): string {
  const [block] = readmeBlocks(title);
  if (block === undefined) throw new Error(`the README has no commands below "${title}"`);
  return block;
}
