import type { RestorableName } from '#src/database/database.js';
import { type Digests, digestOf, NAMES, upload } from '../support/backup-client.js';
import type { TestServer } from '../support/test-server.js';
import type { SavedState } from '../support/two-states.js';
import { uploadAll } from '../support/whole-backup.js';

/** A server, what it is asked with, and the two states it is moved between. */
export interface Site {
  server: TestServer;
  token: string;
  states: [SavedState, SavedState];
}

/** In place of the status of an answer: the connection was cut before it was complete. */
export const CUT = 0;

export interface Outcome {
  status: number;
  text: string;
}

/** Something that is tried while files fail. A new one is one more row of `OPERATIONS`. */
export interface Operation {
  name: string;
  /** The one that it is about. */
  database: RestorableName;
  /** Databases whose generation is replaced by success, all of them together. */
  switches: readonly RestorableName[];
  /** Makes the ground, while nothing fails. */
  prepare?(site: Site): Promise<void>;
  /** Afterwards, when nothing fails any more: what would be in the way of the next one. */
  tidyUp?(site: Site): Promise<void>;
  /** @param before digests of what is live when it begins. */
  run(site: Site, before: Digests): Promise<Outcome>;
  /** What must be live after success. */
  after(site: Site, before: Digests): Partial<Digests>;
}

const backupOf = (name: RestorableName): Operation => ({
  name: `backup of ${name}`,
  database: name,
  switches: [],
  run: ({ server, token }, before) =>
    outcomeOf(async () => {
      const response = await server.fetch('GET', `/api/v1/backup/${name}`, { token });
      const bytes = Buffer.from(await response.arrayBuffer());
      if (response.status !== 200) return { status: response.status, text: bytes.toString() };
      const right = (await digestOf(bytes)) === before[name];
      return { status: right ? 200 : -1, text: right ? '' : 'the backup is not what was live' };
    }),
  after: (_site, before) => before,
});

const restoreOf = (name: RestorableName): Operation => {
  const target = ({ states }: Site, before: Digests) =>
    states[before[name] === states[0].digests[name] ? 1 : 0];
  return {
    name: `restore of ${name}`,
    database: name,
    switches: [name],
    run: (site, before) =>
      outcomeOf(() => upload(site.server, site.token, name, target(site, before).backups[name])),
    after: (site, before) => ({ ...before, [name]: target(site, before).digests[name] }),
  };
};

const login: Operation = {
  name: 'login',
  database: 'auth',
  switches: [],
  run: ({ server }) =>
    outcomeOf(() =>
      server.request('POST', '/api/v1/auth/login', { json: { username: 'root', password: 'root' } }),
    ),
  after: (_site, before) => before,
};

const ingest: Operation = {
  name: 'ingest',
  database: 'logs',
  switches: [],
  run: ({ server, token }) =>
    outcomeOf(() =>
      server.request('POST', '/api/v1/pipelines/default/logs', { token, json: { record: { message: 'x' } } }),
    ),
  after: (_site, { auth, config }) => ({ auth, config }),
};

/** The state that is not live; of a server between the two, the first one. */
const otherState = ({ states }: Site, { config }: Pick<Digests, 'config'>) =>
  states[config === states[0].digests.config ? 1 : 0];

const backupOfEverything: Operation = {
  name: 'backup of everything',
  database: 'config',
  switches: [],
  run: ({ server, token }) =>
    outcomeOf(async () => {
      const response = await server.fetch('GET', '/api/v1/backup', { token });
      const bytes = Buffer.from(await response.arrayBuffer());
      return { status: response.status, text: response.status === 200 ? '' : bytes.toString() };
    }),
  after: (_site, before) => before,
};

const restoreOfEverything: Operation = {
  name: 'restore of everything',
  database: 'config',
  switches: NAMES,
  run: (site, before) =>
    outcomeOf(() => uploadAll(site.server, site.token, otherState(site, before).archive)),
  after: (site, before) => otherState(site, before).digests,
};

/** Something that is done about a restore of the configuration, which is made before. */
function aboutRestore(what: 'undo' | 'confirm', rest: Pick<Operation, 'switches' | 'after'>): Operation {
  let id: string;
  const ask = ({ server, token }: Site) =>
    server.request('POST', `/api/v1/restores/${id}/${what}`, { token });
  return {
    name: what,
    database: 'config',
    prepare: async (site) => {
      const { transformers } = await site.server.ok('GET', '/api/v1/transformers', { token: site.token });
      const target = site.states[transformers.includes('second') ? 0 : 1];
      const query = what === 'confirm' ? '?confirm_within=3600' : '';
      const answer = await upload(site.server, site.token, 'config', target.backups.config, query);
      if (answer.status !== 200) throw new Error(answer.text);
      id = answer.body.restore_id;
    },
    run: (site) => outcomeOf(() => ask(site)),
    tidyUp: async (site) => void (what === 'confirm' && (await ask(site))),
    ...rest,
  };
}

const undo = aboutRestore('undo', {
  switches: ['config'],
  after: (_site, { auth, logs }) => ({ auth, logs }),
});
const confirm = aboutRestore('confirm', { switches: [], after: (_site, before) => before });

const merge: Operation = {
  name: 'merge',
  database: 'logs',
  switches: [],
  prepare: async ({ server, token }) =>
    void (await server.request('DELETE', '/api/v1/streams/default', { token })),
  run: ({ server, token, states }) =>
    outcomeOf(() => upload(server, token, 'logs', states[1].backups.logs, '?mode=merge')),
  after: (_site, { auth, config }) => ({ auth, config }),
};

export const OPERATIONS: readonly Operation[] = [
  ...NAMES.map(backupOf),
  ...NAMES.map(restoreOf),
  backupOfEverything,
  restoreOfEverything,
  undo,
  confirm,
  merge,
  login,
  ingest,
];

const PATIENCE_MILLISECONDS = 20_000;

/**
 * A connection that the server cuts is an outcome too.
 * @throws Error when there is no answer at all.
 */
async function outcomeOf(task: () => Promise<Outcome>): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the server does not answer')), PATIENCE_MILLISECONDS);
  });
  try {
    const { status, text } = await Promise.race([task(), silence]);
    return { status, text };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { status: CUT, text: error.message };
  } finally {
    clearTimeout(timer);
  }
}

const WRITES: Record<RestorableName, { method: string; path: string; json: unknown }> = {
  auth: { method: 'PUT', path: '/api/v1/roles/written', json: { scopes: ['send_logs'] } },
  config: { method: 'PUT', path: '/api/v1/transformers/written', json: { script: '. = {}' } },
  logs: { method: 'POST', path: '/api/v1/pipelines/default/logs', json: { record: { message: 'written' } } },
};

/** A write to the database that must succeed. */
export async function writeTo({ server, token }: Site, name: RestorableName): Promise<void> {
  const { method, path, json } = WRITES[name];
  await server.ok(method, path, { token, json });
}
