// Starts the server, building it first when the sources are newer than the last build.
// CommonJS on purpose: nothing has used Node's thread pool yet when its size is set here. A database waiting for the
// disk holds a thread, and with the standard four of them a busy server would wait for itself.
const { spawnSync } = require('node:child_process');
const { existsSync, readdirSync, statSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

const root = join(__dirname, '..');
const entry = join(root, 'dist', 'server', 'main.js');

function newest(path) {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function buildIsNeeded() {
  if (!existsSync(entry)) return true;
  // Where the server is installed there are no sources.
  if (!existsSync(join(root, 'src'))) return false;
  // The lock file too: packages are in the built file.
  const sources = ['src', 'ormconfig.ts', 'rolldown.config.mjs', 'package-lock.json'];
  return sources.some((source) => newest(join(root, source)) > statSync(entry).mtimeMs);
}

if (buildIsNeeded()) {
  const build = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (build.status !== 0) process.exit(build.status ?? 1);
}
process.env.UV_THREADPOOL_SIZE ??= '16';
void import(pathToFileURL(entry).href);
