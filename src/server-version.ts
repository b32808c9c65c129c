import { createRequire } from 'node:module';

// From dist/src as from src, the package's own description stands at the root.
const require = createRequire(import.meta.url);
const candidates = ['../package.json', '../../package.json'];

function readVersion(): string {
  for (const candidate of candidates) {
    try {
      return (require(candidate) as { version: string }).version;
    } catch {
      // Not at this depth.
    }
  }
  return 'unknown';
}

/** Version of this server, as its package says. */
export const SERVER_VERSION = readVersion();
