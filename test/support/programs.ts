import { spawnSync } from 'node:child_process';

/**
 * Whether a program beyond Node is there. Where it is not, the tests that need it are skipped with a line that says so,
 * unless `FLOWG_TEST_REQUIRE_PROGRAMS` is set: then its absence is a failure.
 */
export function hasProgram(name: string): boolean {
  return available(`the program "${name}"`, spawnSync('which', [name]).status === 0);
}

/** Whether this process may mount file systems: root, in an environment that allows it. */
export function canMount(): boolean {
  const isRoot = process.getuid?.() === 0;
  const allowed = isRoot && spawnSync('unshare', ['--mount', 'true']).status === 0;
  return available('the right to mount a file system', allowed);
}

/** Says whether something was found, and what is skipped for want of it. @throws Error where nothing may be skipped. */
export function available(what: string, found: boolean): boolean {
  if (found) return true;
  if (process.env.FLOWG_TEST_REQUIRE_PROGRAMS)
    throw new Error(`${what} is missing, and nothing may be skipped here`);
  console.warn(`SKIPPED for want of ${what}`);
  return false;
}
