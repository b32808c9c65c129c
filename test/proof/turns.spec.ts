import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { CatalogueService } from '#src/backup/catalogue.service.js';
import type { Destinations } from '#src/backup/destinations/destinations.service.js';
import { pack } from '#src/backup/packing/pack.js';
import { ProofService } from '#src/backup/proof/proof.service.js';
import type { Run } from '#src/backup/run.entity.js';
import type { Settings } from '#src/settings.js';

let dataDir: string;

beforeEach(async () => void (dataDir = await mkdtemp(join(tmpdir(), 'flowg-turns-'))));
afterEach(() => rm(dataDir, { recursive: true }));

it('whoever has made a copy comes behind a proof of it that is under way; others are told of that one', async () => {
  let goOn = () => {};
  const held = new Promise<void>((resolve) => (goOn = resolve));
  const read = vi.fn(async () => {
    await held;
    return Readable.from([Buffer.from('anything')], { objectMode: false });
  });
  const destination = { name: 'nas', kind: 'folder', read, write: vi.fn(async () => undefined) };
  const noteProof = vi.fn(async () => undefined);
  const proofs = new ProofService(
    { has: () => true, get: () => destination } as unknown as Destinations,
    { noteProof } as unknown as CatalogueService,
    { dataDir, diskReserveBytes: 0 } as Settings,
  );
  const stored = { destination: 'nas', file: 'f', bytes: 8, sha256: '', compression: 'none', sealed: true };
  const run = { id: 'r', database: 'auth', bytes: 8, sha256: '', stored: { ...stored, removedMs: null } };
  const prove = (packed?: ReturnType<typeof pack>) =>
    proofs.prove(run as unknown as Run, new AbortController().signal, packed);

  const asked = prove();
  const made = prove(pack(Readable.from([]), { compression: 'none', recipients: [] }));
  await expect(prove()).rejects.toThrow('a proof of backup r is under way');
  expect(read).toHaveBeenCalledTimes(1);
  goOn();
  expect(await asked).toMatchObject({ reach: 'bytes' });
  expect(await made).toMatchObject({ reach: 'content' });
  expect(read).toHaveBeenCalledTimes(2);
  expect(noteProof).toHaveBeenCalledTimes(2);
  expect(await prove()).toMatchObject({ reach: 'bytes' });
});
