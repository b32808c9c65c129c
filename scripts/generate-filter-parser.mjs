// Writes the parser of the filter language from its grammar: src/filter/generated/, which is not under version control.
// Leaves the file alone when it would not change, so that nothing looks newer than the build without reason.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import peggy from 'peggy';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'src', 'filter');
const target = join(folder, 'generated', 'filter-parser.ts');

const parser = peggy.generate(readFileSync(join(folder, 'filter.peggy'), 'utf8'), {
  format: 'es',
  output: 'source',
  grammarSource: 'filter.peggy',
});
const source = `// @ts-nocheck\n${parser}`;
if (!existsSync(target) || readFileSync(target, 'utf8') !== source) {
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, source);
}
