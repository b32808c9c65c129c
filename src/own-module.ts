import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * Path of a compiled module that runs in a process or thread of its own. By its name in the package, because the server
 * itself is one file, beside which no other lies.
 */
export function ownModule(name: `#src/${string}.js`): string {
  return require.resolve(name);
}
