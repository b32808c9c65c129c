import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../support/test-server.js';

/** The first block of commands below a heading of the README. */
export function readmeBlock(title: string, file = 'README.md'): string {
  const text = readFileSync(join(PROJECT_ROOT, file), 'utf8');
  const section = text.split(/^#+ /m).find((part) => part.startsWith(`${title}\n`));
  const block = /```bash\n([^]*?)```/.exec(section ?? '')?.[1];
  if (block === undefined) throw new Error(`${file} has no commands below "${title}"`);
  return block;
}
