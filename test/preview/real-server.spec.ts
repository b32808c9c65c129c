import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppModule } from '#src/app.module.js';
import { AuthChangesService } from '#src/auth/changes/auth-changes.service.js';
import type { Rows } from '#src/changes/rows.js';
import { ConfigChangesService } from '#src/config/changes/config-changes.service.js';
import { TakeDefinitionsService } from '#src/config/take-definitions/take-definitions.service.js';
import { TransformersService } from '#src/config/transformers.service.js';
import type { RestorableName } from '#src/database/database.js';
import { Databases } from '#src/database/databases.js';
import { LogsChangesService } from '#src/logs/changes/logs-changes.service.js';
import { readSettings } from '#src/settings.js';
import { download, ingest, NAMES } from '../support/backup-client.js';
import { TestServer } from '../support/test-server.js';
import { incoming } from '../support/toy-database.js';

let dataDir: string;
let app: INestApplicationContext;
const backups = {} as Record<RestorableName, Buffer>;

/** A server that was backed up and then changed, as it is when it is started again. */
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'flowg-test-'));
  const server = await TestServer.start({ dataDir });
  const token = await server.login();
  const put = (path: string, json: unknown) => server.ok('PUT', `/api/v1/${path}`, { token, json });
  await server.createUser(token, 'ann', ['write_streams']);
  await put('transformers/t', { script: '.a = 1\n.b = 2\n' });
  await ingest(server, token, 20, 'old');
  for (const name of NAMES) backups[name] = (await download(server, token, name)).bytes;

  await put('roles/ann-role', { scopes: ['read_streams'] });
  await server.createToken(token);
  await put('transformers/t', { script: '.a = 1\n.b = 3\n' });
  await put('alerts/hook', {
    webhook: { url: 'http://u:pw@a.example/x?key=v', headers: { 'X-Key': 'secret' } },
  });
  await ingest(server, token, 30, 'new');
  await server.stop();

  const settings = readSettings({ FLOWG_DATA_DIR: dataDir });
  app = await NestFactory.createApplicationContext(AppModule.with(settings), { logger: false });
});
afterAll(async () => {
  await app.close();
  await rm(dataDir, { recursive: true, force: true });
});

/** Stages the backup and compares it with what is live, as a preview does. */
async function preview<T>(name: RestorableName, work: (live: Rows, staged: Rows) => Promise<T>): Promise<T> {
  const database = app.get(Databases).get(name);
  const staged = await database.stage(await incoming(database, backups[name]));
  const live = await database.hold();
  try {
    return await work(live, staged);
  } finally {
    live.release();
    await staged.discard();
  }
}

describe('a backup of a real server, compared with what the server became', () => {
  it('says who would get what back', async () => {
    const changes = await preview('auth', (...sides) => app.get(AuthChangesService).between(...sides));
    expect(changes.permissions).toEqual([{ user: 'ann', gained: ['write_streams'], lost: [] }]);
    expect(changes.tokens.removed).toEqual([{ uuid: expect.any(String), user: 'root' }]);
    expect(changes.users).toEqual({ added: [], changed: [], removed: [] });
  });

  it('says what becomes of definitions, without secrets', async () => {
    const changes = await preview('config', (...sides) => app.get(ConfigChangesService).between(...sides));
    expect(changes.transformers.changed).toEqual([
      { name: 't', diff: '@@ -1,2 +1,2 @@\n .a = 1\n-.b = 3\n+.b = 2\n' },
    ]);
    expect(changes.alerts.removed).toEqual([{ name: 'hook' }]);
  });

  it('says how many logs would go, and of which time', async () => {
    const { streams } = await preview('logs', (...sides) => app.get(LogsChangesService).between(...sides));
    expect(streams).toEqual({
      added: [],
      changed: [
        {
          name: 'default',
          entries_gained: { count: 0, from: null, to: null },
          entries_lost: { count: 30, from: expect.any(String), to: expect.any(String) },
          config_changed: null,
        },
      ],
      removed: [],
    });
  });

  it('gives back a single definition', async () => {
    const names = { transformers: ['t'], pipelines: [], alerts: [] };
    await preview('config', (_, staged) => app.get(TakeDefinitionsService).take(staged, names));
    expect(await app.get(TransformersService).get('t')).toBe('.a = 1\n.b = 2\n');
  });
});
