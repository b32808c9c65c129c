import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { CatalogueService } from '#src/backup/catalogue.service.js';
import type { CatalogueStore } from '#src/backup/catalogue.store.js';
import type { Requester } from '#src/backup/requester.js';
import type { Databases } from '#src/database/databases.js';
import { TestServer } from '../support/test-server.js';

let server: TestServer;
let root: string;

beforeAll(async () => {
  server = await TestServer.start();
  root = await server.login();
});

afterAll(() => server.stop());

it('a refusal stands in the catalogue before it is answered, so that nobody can fill the queue of its writes', async () => {
  const token = await server.createUser(root, 'stranger', ['send_logs']);
  const refused = await Promise.all(
    Array.from({ length: 300 }, () => server.request('GET', '/api/v1/backup/auth', { token })),
  );
  expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([403]));
  const { backups } = await server.ok('GET', '/api/v1/backups?limit=1000', { token: root });
  expect(backups).toHaveLength(300);
  expect(new Set(backups.map(({ outcome }: { outcome: string }) => outcome))).toEqual(new Set(['refused']));
});

it('old backups and old restores are both forgotten, in whatever order they come', async () => {
  const prune = vi.fn(() => Promise.resolve());
  const store = { insert: () => Promise.resolve(), prune } as unknown as CatalogueStore;
  const catalogue = new CatalogueService(store, {} as Databases);
  const requester = { caller: { user: 'root' }, address: '' } as Requester;
  for (let round = 0; round < 100; round++) {
    await catalogue.begin('backup', 'auth', requester);
    await catalogue.begin('restore', 'auth', requester);
  }
  expect(prune).toHaveBeenCalledWith('backup', expect.anything(), expect.anything());
  expect(prune).toHaveBeenCalledWith('restore', expect.anything(), expect.anything());
});
