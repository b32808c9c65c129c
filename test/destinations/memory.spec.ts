import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../support/test-server.js';
import { MEBIBYTE } from './content.js';
import { folderPlace, s3Place } from './places.js';

const MEBIBYTES = 256;

/** Two parts of 16 MiB, what the SDK makes of them, and what waits to be collected. */
const MOST_MEBIBYTES = 112;

describe.each([
  ['a folder', folderPlace],
  ['a bucket of S3', s3Place],
])(`${MEBIBYTES} MiB into %s and back`, (_title, open) => {
  it(`take less than ${MOST_MEBIBYTES} MiB of memory`, async () => {
    const place = await open();
    try {
      const script = join(PROJECT_ROOT, 'test', 'destinations', 'write-large.mjs');
      const { stdout } = await promisify(execFile)(process.execPath, [script, String(MEBIBYTES)], {
        env: { ...process.env, FLOWG_BACKUP_DESTINATIONS: JSON.stringify({ there: place.settings }) },
      });
      console.log(`memory grew by ${(Number(stdout) / MEBIBYTE).toFixed(1)} MiB`);
      expect(Number(stdout) / MEBIBYTE).toBeLessThan(MOST_MEBIBYTES);
    } finally {
      await place.end();
    }
  });
});
