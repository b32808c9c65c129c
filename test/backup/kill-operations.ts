import type { RestorableName } from '#src/database/database.js';
import { type Digests, digestsOf, download, ingest, NAMES, upload } from '../support/backup-client.js';
import type { TestServer } from '../support/test-server.js';
import { downloadAll, uploadAll } from '../support/whole-backup.js';

/** On which side of a failpoint the state is that must be found after the restart. */
type Side = 'old' | 'new';

/** A state of all databases that can be restored, in whole and in parts. */
export interface SavedState {
  digests: Digests;
  backups: Record<RestorableName, Buffer>;
  archive: Buffer;
}

export interface Attempt {
  /** What must be live when the operation has come through; left out: something else than before. */
  digests?: Digests;
  /** Does it; the server dies meanwhile. */
  run(server: TestServer): Promise<unknown>;
  /** Further things that must hold after the restart. */
  check?(server: TestServer, side: Side): Promise<void>;
}

export interface Operation {
  failpoints: Record<string, Side>;
  /** The catalogue cannot know afterwards on which side it was, or has no row for it. */
  outcomeUnknown?: true;
  /** Makes the ground, on a server that nothing happens to. `live` is what is there, `target` another state. */
  prepare(server: TestServer, live: Digests, target: SavedState, round: number): Promise<Attempt>;
}

const SWITCH = {
  'restore.writes-held': 'old',
  'restore.pointer-written': 'old',
  'restore.pointer-renamed': 'new',
  'restore.switched': 'new',
} as const;

const RECEIVE_AND_SWITCH = {
  'restore.receiving': 'old',
  'restore.received': 'old',
  'restore.checked': 'old',
  'restore.migrating': 'old',
  'restore.staged': 'old',
  'restore.ready': 'old',
  ...SWITCH,
} as const;

/** Everything that changes which generations are live, with the places where a crash may cut it. */
export function killOperations(token: string): Record<string, Operation> {
  return {
    backup: {
      outcomeUnknown: true,
      failpoints: { 'backup.begun': 'old', 'backup.sending': 'old' },
      prepare: (_server, live, _target, round) =>
        Promise.resolve({
          digests: live,
          run: (server) =>
            round % 2 === 0
              ? downloadAll(server, token)
              : download(server, token, NAMES[round % NAMES.length]!),
          check: expectNoBackup,
        }),
    },
    restore: {
      failpoints: RECEIVE_AND_SWITCH,
      prepare: (_server, live, target, round) => {
        const name = NAMES[round % NAMES.length]!;
        return Promise.resolve({
          digests: { ...live, [name]: target.digests[name] },
          run: (server) => upload(server, token, name, target.backups[name]),
        });
      },
    },
    'restore of everything': {
      failpoints: RECEIVE_AND_SWITCH,
      prepare: (_server, _live, target) =>
        Promise.resolve({
          digests: target.digests,
          run: (server) => uploadAll(server, token, target.archive),
        }),
    },
    undo: {
      failpoints: { 'undo.reopened': 'old', ...SWITCH },
      prepare: async (server, live, target) => {
        const id = (await uploadAll(server, token, target.archive)).body.restore_id;
        return {
          digests: live,
          run: (killed) => killed.request('POST', `/api/v1/restores/${id}/undo`, { token }),
        };
      },
    },
    merge: {
      outcomeUnknown: true,
      failpoints: { 'merge.compared': 'old', 'merge.inserting': 'old', 'merge.committed': 'new' },
      prepare: async (server, _live, target) => {
        const merge = (on: TestServer) => upload(on, token, 'logs', target.backups.logs, '?mode=merge');
        // Something that is missing again.
        await server.ok('DELETE', '/api/v1/streams/default', { token });
        return {
          run: merge,
          check: async (restarted, side) => {
            const { added } = (await merge(restarted)).body.merged;
            if ((added === 0) !== (side === 'new')) throw new Error(`merged again: ${added} added`);
            // On to a state that can be compared.
            await upload(restarted, token, 'logs', target.backups.logs);
          },
        };
      },
    },
    confirmation: {
      outcomeUnknown: true,
      failpoints: { 'restore.pointer-written': 'old', 'restore.pointer-renamed': 'new' },
      prepare: async (server, _live, target) => {
        const answer = await uploadAll(server, token, target.archive, '?confirm_within=3600');
        const id = answer.body.restore_id;
        return {
          digests: target.digests,
          run: (killed) => killed.request('POST', `/api/v1/restores/${id}/confirm`, { token }),
          check: async (restarted, side) => {
            const again = await restarted.request('POST', `/api/v1/restores/${id}/confirm`, { token });
            // Still waiting, or confirmed and not to be confirmed again.
            if (again.status !== (side === 'old' ? 200 : 409))
              throw new Error(`confirmed again: ${again.status} ${again.text}`);
          },
        };
      },
    },
  };
}

/** Half a backup is told as what it is. */
async function expectNoBackup(server: TestServer): Promise<void> {
  const { backups } = await server.ok('GET', '/api/v1/backups?limit=10', { token: await server.login() });
  const interrupted = backups.find(({ outcome }: { outcome: string }) => outcome === 'interrupted');
  if (!interrupted) throw new Error('the backup that was cut is not told as interrupted');
}

export async function makeState(server: TestServer, token: string, mark: string): Promise<SavedState> {
  const user = { roles: ['admin'], password: `password-${mark}` };
  await server.ok('PUT', `/api/v1/users/user-${mark}`, { token, json: user });
  await server.ok('PUT', `/api/v1/transformers/${mark}`, { token, json: { script: `. = {"${mark}": 1}` } });
  await ingest(server, token, 50, mark);
  const backups = {} as SavedState['backups'];
  for (const name of NAMES) backups[name] = (await download(server, token, name)).bytes;
  const { bytes: archive } = await downloadAll(server, token);
  return { digests: await digestsOf(server, token), backups, archive };
}
