import { rm, truncate } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BackupFolder } from '../support/stored-backups.js';
import { RawRequest, UPLOAD_FORM } from '../support/raw-request.js';
import { Api, PATIENCE } from './api.js';
import { DATABASES, download, fileForm, restore, rowsOf, sha256, textForm } from './backups.js';
import { check } from './check.js';
import { INSTANT, invalid, invalidParameters, problem, success, UUID } from './expectation.js';
import { coversItsRoutes } from './route-coverage.js';
import { perform, scenarios } from './scenario.js';
import { holds, purge, saveTransformer, send } from './steps.js';

/** Sections 1.9 and 5. What holds under load and against crashes: `test/backup/`. */

const folder = await BackupFolder.make();
const api = new Api(folder.env);
beforeAll(() => api.start());
afterAll(async () => {
  await api.stop();
  await folder.remove();
});

describe.each(DATABASES)('a backup of %s', (name) => {
  it('is a file with a name and a length, which no proxy keeps', async () => {
    const reply = await download(api, name);
    check(reply, {
      status: 200,
      headers: {
        'content-type': 'application/octet-stream',
        'content-disposition': `attachment; filename=${name}.db`,
        'content-length': String(reply.bytes.length),
        'transfer-encoding': null,
        'x-backup-id': UUID,
        'cache-control': 'no-store',
      },
      text: /^SQLite format 3\0/,
    });
  });

  it('is put back, and told what came back', async () => {
    const { bytes, headers } = await download(api, name);
    const answer = success({
      restore_id: UUID,
      database: name,
      generation: expect.any(Number),
      bytes: bytes.length,
      sha256: sha256(bytes),
      instant: INSTANT,
      schema_version: expect.any(Number),
      rows: rowsOf(name),
      undoable_until: INSTANT,
      confirm_by: null,
    });
    await perform(api, { ...restore(name, fileForm(bytes)), answer });
    const { backup } = await api.ok('GET', `/api/v1/backups/${headers.get('x-backup-id')}`);
    expect(backup.sha256).toBe(sha256(bytes));
  });
});

describe('the whole server', () => {
  const whole = { method: 'POST', path: '/api/v1/restore' } as const;

  it('is downloaded and put back as one archive', async () => {
    const { bytes } = await api.ask({ method: 'GET', path: '/api/v1/backup' });
    const databases = ['auth', 'config', 'logs'] as const;
    const answer = success({
      restore_id: UUID,
      database: 'all',
      generations: Object.fromEntries(databases.map((name) => [name, expect.any(Number)])),
      bytes: bytes.length,
      sha256: sha256(bytes),
      instant: INSTANT,
      schema_version: null,
      rows: Object.fromEntries(databases.map((name) => [name, rowsOf(name)])),
      undoable_until: INSTANT,
      confirm_by: null,
    });
    await perform(
      api,
      { ...whole, body: fileForm(bytes), answer },
      {
        ...whole,
        body: fileForm(bytes.subarray(0, -1)),
        answer: problem('INVALID_ARGUMENT', /the check "archive"/),
      },
      {
        ...whole,
        path: `${whole.path}?plan=${'0'.repeat(32)}-${'0'.repeat(32)}`,
        body: fileForm(bytes),
        answer: problem('CONFLICT', /^the plan was made for another file/),
      },
    );
  });
});

describe('a part of a backup', () => {
  it('that is not in it is not found', async () => {
    for (const [name, query] of [
      ['config', 'only=transformers/nowhere'],
      ['logs', 'mode=merge&stream=nowhere'],
    ] as const) {
      const { bytes } = await download(api, name);
      const ask = restore(name, fileForm(bytes));
      await perform(api, { ...ask, path: `${ask.path}?${query}`, answer: problem('NOT_FOUND', /nowhere/) });
    }
  });
});

describe('a restore', () => {
  it('brings back what was changed and deleted, and takes away what was added', async () => {
    await perform(api, saveTransformer('changed', '.a = 1'), saveTransformer('deleted', ''));
    const { bytes } = await download(api, 'config');
    await perform(
      api,
      saveTransformer('changed', '.a = 2'),
      { method: 'DELETE', path: '/api/v1/transformers/deleted', answer: success() },
      saveTransformer('added', ''),
      { ...restore('config', fileForm(bytes)), answer: { status: 200 } },
      {
        method: 'GET',
        path: '/api/v1/transformers',
        answer: success({ transformers: ['changed', 'deleted'] }),
      },
      { method: 'GET', path: '/api/v1/transformers/changed', answer: success({ script: '.a = 1' }) },
    );
  });

  it('brings back the logs of a stream that was deleted', async () => {
    await perform(api, send('default', { n: '1' }));
    const { bytes } = await download(api, 'logs');
    await perform(
      api,
      send('default', { n: '2' }),
      purge('default'),
      { ...restore('logs', fileForm(bytes)), answer: { status: 200 } },
      holds('default', { n: '1' }),
    );
  });

  it('after which the caller could not come back is refused, unless that is said to be all right', async () => {
    const { bytes } = await download(api, 'auth');
    const later = await api.server.createUser((await api.tokenOf('root'))!, 'later', ['write_acls']);
    const headers = { Authorization: `Bearer jwt:${later}` };
    const ask = { ...restore('auth', fileForm(bytes)), as: 'guest', headers } as const;
    const warned = problem('CONFLICT', /^after this restore you \("later"\) would be locked out: /);
    await perform(
      api,
      { ...ask, answer: warned },
      { ...ask, path: `${ask.path}?allow_lockout=true`, answer: { status: 200 } },
      {
        as: 'guest',
        method: 'GET',
        path: '/api/v1/tokens',
        headers,
        answer: problem('UNAUTHENTICATED', 'unauthenticated: invalid token'),
      },
    );
  });

  it.each(['config', 'logs'] as const)(
    'of %s waits for nobody: another is told to come later',
    async (name) => {
      const first = RawRequest.send(
        api.server,
        `POST /api/v1/restore/${name} HTTP/1.1`,
        `Authorization: Bearer jwt:${await api.tokenOf('root')}`,
        `Content-Type: ${UPLOAD_FORM.type}`,
        'Content-Length: 1000000',
        'Expect: 100-continue',
      );
      await first.waitFor(/100 Continue/);
      const answer = problem('CONFLICT', new RegExp(`^a restore of ${name} is running since .*: try again`));
      await perform(api, { ...restore(name, fileForm('x')), answer });
      first.socket.destroy();
      const later = async () => (await api.ask(restore(name, fileForm('x')))).status;
      await expect.poll(later, PATIENCE).toBe(400);
    },
  );
});

describe('a restore of what is no backup', () => {
  const notAForm = invalid(
    /^invalid argument: failed to get file "backup" from request: request Content-Type isn't multipart\/form-data/,
  );
  const refused = (stage: string, reason = '') =>
    invalid(
      new RegExp(
        `^invalid argument: the backup is refused by the check "${stage}": .*${reason}.*Nothing was changed\\.$`,
      ),
    );
  const anything = Buffer.from('hello '.repeat(1000));

  scenarios(
    api,
    DATABASES.flatMap((name) => [
      { name: `${name}: nothing`, method: 'POST', path: `/api/v1/restore/${name}`, answer: notAForm },
      { name: `${name}: JSON`, method: 'POST', path: `/api/v1/restore/${name}`, json: {}, answer: notAForm },
      {
        name: `${name}: a form of the other kind`,
        ...restore(name, 'backup=x', { 'Content-Type': 'application/x-www-form-urlencoded' }),
        answer: notAForm,
      },
      {
        name: `${name}: bytes alone`,
        ...restore(name, 'SQLite format 3', { 'Content-Type': 'application/octet-stream' }),
        answer: notAForm,
      },
      {
        name: `${name}: the name of a file in place of the file`,
        ...restore(name, textForm(`${name}.db`)),
        answer: invalid(
          `invalid argument: the part "backup" must be a file, but it is the text "${name}.db": ` +
            `put an @ before the file's name, --form backup=@${name}.db`,
        ),
      },
      {
        name: `${name}: a part of another name`,
        ...restore(name, fileForm(anything, 'file')),
        answer: invalid(/^invalid argument: the file came in a part named "file": name it "backup"/),
      },
      {
        name: `${name}: a form without parts`,
        ...restore(name, '--cut--\r\n', { 'Content-Type': UPLOAD_FORM.type }),
        answer: invalid(/^invalid argument: the form has no part "backup"/),
      },
      {
        name: `${name}: a form that is cut off`,
        ...restore(name, `${UPLOAD_FORM.start}x`, { 'Content-Type': UPLOAD_FORM.type }),
        answer: invalid(/^invalid argument: the form cannot be read: /),
      },
      {
        name: `${name}: an empty file`,
        ...restore(name, fileForm('')),
        answer: invalid('invalid argument: the file in part "backup" is empty'),
      },
      { name: `${name}: any text`, ...restore(name, fileForm(anything)), answer: refused('header') },
      {
        name: `${name}: eight bytes that the reference dies of`,
        ...restore(name, fileForm(Buffer.alloc(8, 0xff))),
        answer: refused('header'),
      },
      {
        name: `${name}: a packed archive, as the reference makes of its configuration`,
        ...restore(name, fileForm(gzipSync(anything))),
        answer: refused(name === 'config' ? 'structure' : 'kind'),
      },
    ]),
  );

  it.each([
    ['auth', 'config'],
    ['config', 'logs'],
    ['logs', 'auth'],
  ] as const)('a backup of %s for %s', async (kind, name) => {
    const { bytes } = await download(api, kind);
    const answer = refused('kind', `send it to /api/v1/restore/${kind}`);
    await perform(api, { ...restore(name, fileForm(bytes)), answer });
  });

  it.each(DATABASES)('a part of a backup of %s', async (name) => {
    const { bytes } = await download(api, name);
    const answer = refused('size', 'cut short');
    await perform(api, { ...restore(name, fileForm(bytes.subarray(0, -1))), answer });
  });

  scenarios(api, [
    {
      name: 'a flag that is neither true nor false',
      ...restore('auth', fileForm('x')),
      path: '/api/v1/restore/auth?allow_lockout=perhaps',
      answer: invalidParameters({ 'query:allow_lockout': ['true or false'] }),
    },
  ]);
});

describe.each([...DATABASES, 'all'] as const)('a stored backup of %s', (scope) => {
  const from = (id: string) =>
    ({ method: 'POST', path: `/api/v1/restore${scope === 'all' ? '' : `/${scope}`}?from=${id}` }) as const;
  const stored = async () => folder.store(api.server, (await api.tokenOf('root'))!, scope);

  it('is put back from where it lies, and told to come from there', async () => {
    const { id, content } = await stored();
    const { status, text } = await api.ask(from(id));
    expect({ status, body: JSON.parse(text) }).toMatchObject({
      status: 200,
      body: { from: id, bytes: content.length, sha256: sha256(content) },
    });
  });

  it('must be there, and what it was', async () => {
    const { id, path } = await stored();
    await truncate(path, 1000);
    await perform(
      api,
      { ...from('00000000-0000-4000-8000-000000000000'), answer: problem('NOT_FOUND', /there is no backup/) },
      { ...from('none'), answer: { status: 400 } },
    );
    expect([400, 502]).toContain((await api.ask(from(id))).status);
    await rm(path);
    await perform(api, { ...from(id), answer: problem('BAD_GATEWAY', /its stored copy is not what it was/) });
  });
});

coversItsRoutes(api, 'backup');
