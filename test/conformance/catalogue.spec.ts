import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BackupFolder, takeBackup } from '../support/stored-backups.js';
import { Api, PATIENCE } from './api.js';
import { type DatabaseName, download, fileForm, restore, rowsOf, sha256, textForm } from './backups.js';
import { INSTANT, invalidParameters, matching, problem, success, UUID } from './expectation.js';
import { coversItsRoutes } from './route-coverage.js';
import { each, perform, type Scenario, scenarios } from './scenario.js';

/** What this server remembers of backups and restores: the reference has nothing of this kind. */

const folder = await BackupFolder.make();
const api = new Api(folder.env);
beforeAll(() => api.start());
afterAll(async () => {
  await api.stop();
  await folder.remove();
});

const SHA_256 = matching(/^[0-9a-f]{64}$/);
const NO_RUN = '00000000-0000-4000-8000-000000000000';

describe('the catalogue', () => {
  const run = (name: DatabaseName, outcome: string) => ({
    id: UUID,
    database: name,
    outcome,
    user: 'root',
    address: '127.0.0.1',
    started_at: INSTANT,
    finished_at: INSTANT,
  });
  const done = (name: DatabaseName) => ({
    bytes: expect.any(Number),
    sha256: SHA_256,
    instant: INSTANT,
    schema_version: expect.any(Number),
    rows: rowsOf(name),
  });
  const NOTHING = { bytes: null, sha256: null, instant: null, schema_version: null, rows: null };

  it('has each backup', async () => {
    const id = (await download(api, 'logs')).headers.get('x-backup-id')!;
    // The last byte is sent before its row says how it ended.
    const outcome = async () => (await api.ok('GET', `/api/v1/backups/${id}`)).backup.outcome;
    await expect.poll(outcome, PATIENCE).toBe('succeeded');
    const backup = {
      ...run('logs', 'succeeded'),
      id,
      ...done('logs'),
      error: null,
      schedule: null,
      stored: null,
      proof: null,
    };
    await perform(
      api,
      { method: 'GET', path: `/api/v1/backups/${id}`, answer: success({ backup }) },
      { method: 'GET', path: '/api/v1/backups?limit=1', answer: success({ backups: [backup] }) },
    );
  });

  it('has each restore, refused ones too, newest first', async () => {
    const { bytes } = await download(api, 'config');
    const { restore_id: id } = JSON.parse((await api.ask(restore('config', fileForm(bytes)))).text);
    const succeeded = {
      ...run('config', 'succeeded'),
      id,
      ...done('config'),
      error: null,
      mode: 'replace',
      from: null,
      generation: expect.any(Number),
      undoes: null,
      undone_by: null,
      undoable_until: INSTANT,
      confirm_by: null,
    };
    const refused = {
      ...run('logs', 'refused'),
      ...NOTHING,
      error: matching(/"header"/),
      mode: 'replace',
      from: null,
      generation: null,
      undoes: null,
      undone_by: null,
      undoable_until: null,
      confirm_by: null,
    };
    await perform(
      api,
      { ...restore('logs', fileForm('x')), answer: { status: 400 } },
      { method: 'GET', path: `/api/v1/restores/${id}`, answer: success({ restore: succeeded }) },
      {
        method: 'GET',
        path: '/api/v1/restores?limit=2',
        answer: success({ restores: [refused, succeeded] }),
      },
    );
  });

  scenarios(
    api,
    ['backup', 'restore'].flatMap((kind): Scenario[] => [
      {
        name: `shows nobody the ${kind}s of what they may not`,
        as: ['send_logs'],
        method: 'GET',
        path: `/api/v1/${kind}s`,
        answer: success({ [`${kind}s`]: [] }),
      },
      {
        name: `has no ${kind} of that id`,
        method: 'GET',
        path: `/api/v1/${kind}s/${NO_RUN}`,
        answer: problem('NOT_FOUND', new RegExp(`^not found: there is no ${kind} ${NO_RUN}`)),
      },
      {
        name: `an id of a ${kind} is a UUID`,
        method: 'GET',
        path: `/api/v1/${kind}s/1`,
        answer: invalidParameters({ 'path:id': [matching(/UUID/)] }),
      },
    ]),
  );

  scenarios(
    api,
    each(['0', '1001', '0x10', '1.0', '1e2', ''], (limit) => ({
      name: `a limit is a whole number from 1 to 1000: ${JSON.stringify(limit)}`,
      method: 'GET',
      path: `/api/v1/backups?limit=${limit}`,
      answer: invalidParameters({ 'query:limit': ['a whole number from 1 to 1000'] }),
      next: [
        {
          method: 'GET',
          path: `/api/v1/restores?limit=${limit}`,
          answer: invalidParameters({ 'query:limit': ['a whole number from 1 to 1000'] }),
        },
      ],
    })),
  );
});

describe('a restore that was made', () => {
  it.each(['undo', 'confirm'])('is there to %s', async (what) => {
    const { bytes } = await download(api, 'config');
    const ask = restore('config', fileForm(bytes));
    const path = what === 'confirm' ? `${ask.path}?confirm_within=600` : ask.path;
    const { restore_id: id } = JSON.parse((await api.ask({ ...ask, path })).text);
    const about = (run: string) => ({ method: 'POST', path: `/api/v1/restores/${run}/${what}` }) as const;
    await perform(
      api,
      { ...about(id), answer: { status: 200 } },
      { ...about(id), answer: problem('CONFLICT', new RegExp(`^the restore ${id} `)) },
      { ...about(NO_RUN), answer: problem('NOT_FOUND', /^not found: there is no restore/) },
      { ...about('none'), answer: { status: 400 } },
    );
  });
});

describe('a check of a backup', () => {
  it('says what a restore would say', async () => {
    const { bytes } = await download(api, 'logs');
    const facts = {
      bytes: bytes.length,
      sha256: sha256(bytes),
      instant: INSTANT,
      server_version: expect.any(String),
    };
    const logs = {
      restorable: true,
      ...facts,
      schema_version: expect.any(Number),
      rows: rowsOf('logs'),
      failed: null,
    };
    const check = { method: 'POST', path: '/api/v1/backup/verify' } as const;
    await perform(
      api,
      {
        ...check,
        body: fileForm(bytes),
        answer: success({ kind: 'database', restorable: true, ...facts, databases: { logs }, failed: null }),
      },
      { ...check, body: fileForm('x'), answer: { status: 200 } },
      { ...check, body: textForm('logs.db'), answer: problem('INVALID_ARGUMENT', /must be a file/) },
    );
  });
});

describe('a proof of a stored backup', () => {
  const prove = (id: string) => ({ method: 'POST', path: `/api/v1/backups/${id}/prove` }) as const;

  it('says what came of reading it back', async () => {
    const { id, stored } = await folder.store(api.server, (await api.tokenOf('root'))!, 'config');
    const proof = {
      outcome: 'proven',
      reach: 'content',
      failed: null,
      error: null,
      checks: expect.arrayContaining([{ check: 'restorable', saw: 'config: every check of a restore' }]),
      queries: expect.arrayContaining([
        { database: 'config', question: 'pipelines', found: 1, took_ms: expect.any(Number) },
      ]),
      took_ms: expect.any(Number),
      ended_at: INSTANT,
      server_version: expect.any(String),
    };
    const { removedMs, ...copy } = stored;
    const backup = expect.objectContaining({ id, stored: { ...copy, removed_at: removedMs }, proof });
    await perform(api, { ...prove(id), answer: success({ backup }) });
  });

  it('is not made of what is not stored, or not there', async () => {
    const { id } = await takeBackup(api.server, (await api.tokenOf('root'))!, 'logs');
    await perform(
      api,
      { ...prove(id), answer: problem('CONFLICT', /no destination has backup/) },
      { ...prove(NO_RUN), answer: problem('NOT_FOUND', /^not found: there is no backup/) },
      { ...prove('none'), answer: { status: 400 } },
    );
  });

  it('is not made when the destination does not answer, as a check of it tells', async () => {
    const { id } = await folder.store(api.server, (await api.tokenOf('root'))!, 'config');
    const check = (name: string) =>
      ({ method: 'POST', path: `/api/v1/backup-destinations/${name}/check` }) as const;
    await perform(
      api,
      { method: 'GET', path: '/api/v1/backup-destinations', answer: { status: 200 } },
      { ...check('nas'), answer: { status: 200 } },
      { ...check('none'), answer: problem('NOT_FOUND', /^not found: there is no destination/) },
      { ...check('n'.repeat(256)), answer: { status: 400 } },
    );
    await rm(folder.path, { recursive: true });
    await perform(
      api,
      { ...check('nas'), answer: problem('BAD_GATEWAY', /the destination "nas"/) },
      { ...prove(id), answer: problem('BAD_GATEWAY', /the destination "nas"/) },
    );
  });
});

coversItsRoutes(api, 'catalogue');
