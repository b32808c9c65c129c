import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../support/test-server.js';

const read = (...path: string[]) => readFileSync(join(PROJECT_ROOT, ...path), 'utf8');

/** What the built file asks Node for: when it is loaded, or when it comes to need it. */
function asksFor(pattern: RegExp): string[] {
  const names = [...read('dist', 'server', 'main.js').matchAll(pattern)].map((found) => found[1]!);
  return [...new Set(names)].filter((name) => !isBuiltin(name)).toSorted();
}

describe('the file that is started', () => {
  const atStart = asksFor(/^import (?:[^'"]* from )?["']([^"']+)["'];$/gm);
  const later = asksFor(/\bimport\(["']([^"'.][^"']*)["']\)/g);

  it('loads as packages only what cannot be in it', () => {
    expect(atStart).toEqual(['@node-rs/argon2', 'sqlite3', 'typeorm']);
  });

  it('leaves to the first who needs it what most never need', () => {
    expect(later).toEqual(expect.arrayContaining(['@aws-sdk/client-s3', 'age-encryption', 'undici']));
  });

  it('finds each of them where the server is installed, because they are dependencies of its own', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    const lazily = later.filter((name) => name in dependencies);
    expect(lazily).toEqual(['@aws-sdk/client-s3', 'age-encryption', 'undici']);
    for (const name of atStart) expect(dependencies, name).toHaveProperty([name]);
  });
});
