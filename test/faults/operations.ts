import type { RestorableName } from '#src/database/database.js';
import { type Digests, digestOf, NAMES, upload } from '../support/backup-client.js';
import type { TestServer } from '../support/test-server.js';
import type { SavedState } from '../support/two-states.js';

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
  /** Whether success replaces a generation, and so goes through the switch. */
  switches: boolean;
  /** @param before digests of what is live when it begins. */
  run(site: Site, before: Digests): Promise<Outcome>;
  /** What must be live after success. */
  after(site: Site, before: Digests): Partial<Digests>;
}

const backupOf = (name: RestorableName): Operation => ({
  name: `backup of ${name}`,
  database: name,
  switches: false,
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
    switches: true,
    run: (site, before) =>
      outcomeOf(() => upload(site.server, site.token, name, target(site, before).backups[name])),
    after: (site, before) => ({ ...before, [name]: target(site, before).digests[name] }),
  };
};

const login: Operation = {
  name: 'login',
  database: 'auth',
  switches: false,
  run: ({ server }) =>
    outcomeOf(() =>
      server.request('POST', '/api/v1/auth/login', { json: { username: 'root', password: 'root' } }),
    ),
  after: (_site, before) => before,
};

const ingest: Operation = {
  name: 'ingest',
  database: 'logs',
  switches: false,
  run: ({ server, token }) =>
    outcomeOf(() =>
      server.request('POST', '/api/v1/pipelines/default/logs', { token, json: { record: { message: 'x' } } }),
    ),
  after: (_site, { auth, config }) => ({ auth, config }),
};

export const OPERATIONS: readonly Operation[] = [
  ...NAMES.map(backupOf),
  ...NAMES.map(restoreOf),
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
