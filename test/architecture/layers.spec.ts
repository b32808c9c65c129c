import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../support/test-server.js';

const SRC = join(PROJECT_ROOT, 'src');
const MODULES = ['auth', 'config', 'logs', 'backup', 'management', 'syslog', 'vrl', 'cli'];

interface Import {
  file: string;
  target: string;
  statement: string;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.ts') && !name.endsWith('.spec.ts') && !name.endsWith('.d.ts'),
);

const imports: Import[] = files.flatMap((file) => {
  const text = readFileSync(join(SRC, file), 'utf8');
  return [...text.matchAll(/^(?:import|export)\s[^;]*?from\s+'([^']+)'/gm)].map((found) => ({
    file,
    statement: found[0],
    target: found[1]!.startsWith('.') ? relative(SRC, join(SRC, dirname(file), found[1]!)) : found[1]!,
  }));
});

const moduleOf = (path: string) => MODULES.find((name) => path.startsWith(`${name}/`));
const isTypeOnly = ({ statement }: Import) => /^(import|export) type\b/.test(statement);

/** Imports that break a rule, as `file -> target`. */
function offenders(breaks: (one: Import) => boolean): string[] {
  return imports.filter(breaks).map(({ file, target }) => `${file} -> ${target}`);
}

describe('the layers', () => {
  it('are read from the real sources', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(imports.length).toBeGreaterThan(200);
  });

  it('only stores, entities, migrations and database/ know TypeORM', () => {
    const allowed = /^database\/|\.store\.ts$|\.entity\.ts$|\/migrations\//;
    expect(offenders(({ file, target }) => target === 'typeorm' && !allowed.test(file))).toEqual([]);
  });

  it('only database/ knows the SQLite driver', () => {
    expect(offenders(({ file, target }) => target === 'sqlite3' && !file.startsWith('database/'))).toEqual(
      [],
    );
  });

  it('database/ knows no module, and no HTTP', () => {
    const outside = /^(auth|config|logs|backup|management|http)\/|^express$|platform-express/;
    expect(offenders(({ file, target }) => file.startsWith('database/') && outside.test(target))).toEqual([]);
  });

  it('the filter language knows nobody, scripts and syslog neither logs nor definitions', () => {
    const modules = new RegExp(`^(${MODULES.join('|')})/`);
    expect(offenders(({ file, target }) => file.startsWith('filter/') && modules.test(target))).toEqual([]);
    expect(
      offenders(
        ({ file, target }) => /^(vrl|syslog)\//.test(file) && /^(auth|config|logs|backup)\//.test(target),
      ),
    ).toEqual([]);
  });

  it('no module looks into the store of another', () => {
    expect(
      offenders(
        (one) =>
          /\.(store|entity)\.js$/.test(one.target) &&
          moduleOf(one.file) !== undefined &&
          moduleOf(one.file) !== moduleOf(one.target),
      ),
    ).toEqual([]);
  });

  it('only backup/ and management/ see all databases', () => {
    const allowed = /^(backup|management|database)\//;
    expect(
      offenders(({ file, target }) => target === 'database/databases.js' && !allowed.test(file)),
    ).toEqual([]);
  });

  it('stores and entities know no HTTP, controllers know no store', () => {
    expect(
      offenders(({ file, target }) => /\.(store|entity)\.ts$/.test(file) && target === 'express'),
    ).toEqual([]);
    expect(
      offenders((one) => one.file.endsWith('.controller.ts') && one.target.endsWith('.store.js')),
    ).toEqual([]);
  });

  it('problems are free of HTTP', () => {
    expect(offenders((one) => one.file === 'problems.ts' && !isTypeOnly(one))).toEqual([]);
  });

  it('nothing but the two main.ts reads the environment', () => {
    const readers = files.filter((file) => readFileSync(join(SRC, file), 'utf8').includes('process.env'));
    expect(readers.toSorted()).toEqual(['cli/main.ts', 'main.ts']);
  });

  it('every folder of src/ says what it owns', () => {
    const folders = [...MODULES, 'audit', 'changes', 'database', 'filter', 'http', 'lane'];
    for (const folder of folders) {
      expect(readdirSync(join(SRC, folder)), `src/${folder}`).toContain('README.md');
    }
  });

  it('no compiled file lies beside a source, where it would be taken for it', () => {
    expect(
      readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js')),
    ).toEqual([]);
  });
});
