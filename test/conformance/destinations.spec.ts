import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { Api } from './api.js';
import { invalidParameters, matching, problem, success } from './expectation.js';
import { coversItsRoutes } from './route-coverage.js';
import { scenarios } from './scenario.js';

/** The places that a server is told to keep backups in: the reference has none. */

const folder = mkdtempSync(join(tmpdir(), 'flowg-nas-'));
const api = new Api({
  FLOWG_BACKUP_DESTINATIONS: JSON.stringify({
    nas: { type: 'folder', path: folder },
    gone: { type: 'folder', path: join(folder, 'gone') },
  }),
});
beforeAll(() => api.start());
afterAll(async () => {
  await api.stop();
  rmSync(folder, { recursive: true });
});

describe('destinations', () => {
  const list = { method: 'GET', path: '/api/v1/backup-destinations' } as const;
  const check = (name: string) =>
    ({ method: 'POST', path: `/api/v1/backup-destinations/${name}/check` }) as const;

  scenarios(api, [
    {
      ...list,
      name: 'are listed by name',
      answer: success({
        destinations: [
          { name: 'gone', kind: 'folder' },
          { name: 'nas', kind: 'folder' },
        ],
      }),
    },
    {
      ...list,
      name: 'are shown to nobody who may back up nothing',
      as: ['send_logs', 'write_pipelines'],
      answer: success({ destinations: [] }),
    },
    { ...check('nas'), name: 'are ready', answer: success({}) },
    {
      ...check('nas'),
      name: 'are ready for whoever may back up one database',
      as: ['read_streams'],
      answer: success({}),
    },
    {
      ...check('gone'),
      name: 'say what is wrong with them',
      answer: problem('BAD_GATEWAY', /^the destination "gone" has no folder any more: mount it/),
    },
    {
      ...check('nas'),
      name: 'are not there for whoever may back up nothing',
      as: ['send_logs'],
      answer: problem('NOT_FOUND', /^not found: there is no destination "nas"; GET/),
    },
    {
      ...check('other'),
      name: 'are only those of the settings',
      answer: problem('NOT_FOUND', /^not found: there is no destination "other"; GET/),
    },
    {
      ...check('x'.repeat(256)),
      name: 'have names',
      answer: invalidParameters({ 'path:name': [matching(/255 bytes/)] }),
    },
  ]);
});

coversItsRoutes(api, 'destinations');
