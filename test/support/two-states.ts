import type { RestorableName } from '#src/database/database.js';
import { type Digests, digestOf, download, ingest, NAMES } from './backup-client.js';
import type { TestServer } from './test-server.js';
import { downloadAll } from './whole-backup.js';

const RECORDS = 20;

/** Backups of all three databases that were taken while nothing else went on. */
export interface SavedState {
  backups: Record<RestorableName, Buffer>;
  /** All three together. */
  archive: Buffer;
  digests: Digests;
}

/**
 * Two states of a server, whose administrator keeps password and tokens in both. The second one has a user, a
 * transformer and a stream more, each of the name `second`, so that one look at any list tells them apart.
 * @param between whatever else is to be different in the second one.
 */
export async function makeTwoStates(
  server: TestServer,
  token: string,
  between?: () => Promise<void>,
): Promise<[first: SavedState, second: SavedState]> {
  await ingest(server, token, RECORDS, 'first');
  const first = await saveState(server, token);
  await between?.();
  const user = { roles: ['admin'], password: 'second' };
  await server.ok('PUT', '/api/v1/users/second', { token, json: user });
  await server.ok('PUT', '/api/v1/transformers/second', { token, json: { script: '. = {"second": 1}' } });
  await server.ok('PUT', '/api/v1/streams/second', { token, json: { config: {} } });
  await ingest(server, token, RECORDS, 'second');
  return [first, await saveState(server, token)];
}

/** All three databases as they are. */
export async function saveState(server: TestServer, token: string): Promise<SavedState> {
  const saved = { backups: {}, digests: {} } as SavedState;
  for (const name of NAMES) {
    saved.backups[name] = (await download(server, token, name)).bytes;
    saved.digests[name] = await digestOf(saved.backups[name]);
  }
  saved.archive = (await downloadAll(server, token)).bytes;
  return saved;
}

const LISTS: Record<RestorableName, string> = {
  auth: '/api/v1/users',
  config: '/api/v1/transformers',
  logs: '/api/v1/streams',
};

/** Which of the two states requests are answered from. */
export async function shownState(server: TestServer, token: string, name: RestorableName): Promise<0 | 1> {
  return JSON.stringify(await server.ok('GET', LISTS[name], { token })).includes('second') ? 1 : 0;
}
