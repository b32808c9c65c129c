import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CatalogueService } from '#src/backup/catalogue.service.js';
import { CatalogueStore } from '#src/backup/catalogue.store.js';
import type { StoredCopy } from '#src/backup/stored-copy.js';
import { createApplication } from '#src/bootstrap.js';
import { readSettings } from '#src/settings.js';

const COPY: StoredCopy = {
  destination: 'nas',
  file: 'flowg-nightly-logs-20260131T030000Z-5f0f6a3e.db.gz',
  bytes: 1,
  sha256: '0'.repeat(64),
  compression: 'gzip',
  sealed: false,
  removedMs: null,
};

it('the catalogue forgets no row whose file still lies in a destination', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'flowg-catalogue-'));
  const application = await createApplication(
    readSettings({ FLOWG_DATA_DIR: dataDir, FLOWG_LOG_FORMAT: 'json' }),
  );
  try {
    await application.init();
    const catalogue = application.get(CatalogueService, { strict: false });
    const store = application.get(CatalogueStore, { strict: false });
    const begin = async (stored: StoredCopy | null) => {
      const run = await catalogue.begin(
        'backup',
        'logs',
        { user: 'x', address: '' },
        { schedule: 'nightly' },
      );
      await catalogue.note(run, { outcome: 'succeeded', stored, startedMs: run.startedMs - 1000 });
      return run.id;
    };
    const lies = await begin(COPY);
    await begin({ ...COPY, removedMs: 1 });
    await begin(null);
    const { id: newest } = await catalogue.begin('backup', 'logs', { user: 'x', address: '' });
    await store.prune('backup', 1, 1);
    const left = (await store.list('backup', ['logs'], 10)).map(({ id }) => id);
    expect(left).toEqual([newest, lies]);
    const stored = await store.storedOfSchedule('nightly', 'logs');
    expect(stored.map(({ id }) => id)).toEqual([lies]);
  } finally {
    await application.close();
    await rm(dataDir, { recursive: true });
  }
});
