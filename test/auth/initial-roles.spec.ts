import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentedOperations, harmlessStatus } from '../support/api-document.js';
import { TestServer } from '../support/test-server.js';

let root: string;
let server: TestServer;

afterAll(() => server.stop());
beforeAll(async () => {
  server = await TestServer.start();
  root = await server.login();
});

/** What anybody may do with a login, whatever their roles. */
const WITH_A_LOGIN = `whoami change_password create_token list_tokens delete_token list_backups get_backup list_restores
  get_restore confirm_restore undo_restore verify_backup prove_backup list_backup_destinations check_backup_destination
  list_backup_schedules get_backup_schedule delete_backup_schedule run_backup_schedule`;

const MAY: [role: string, operations: string][] = [
  [
    'backup-operator',
    `backup_all backup_auth backup_config backup_logs list_users list_roles list_pipelines get_pipeline
     list_transformers get_transformer test_transformer list_alerts get_alert list_alert_deliveries list_streams get_stream
     list_stream_fields list_stream_indexes get_stream_usage query_stream watch_logs`,
  ],
  [
    'viewer',
    `backup_logs list_streams get_stream list_stream_fields list_stream_indexes get_stream_usage query_stream watch_logs`,
  ],
];

const words = (text: string) => text.trim().split(/\s+/);

async function userWith(role: string): Promise<string> {
  const json = { roles: [role], password: 'a password' };
  await server.ok('PUT', `/api/v1/users/${role}`, { token: root, json });
  return server.createToken(await server.login(role, 'a password'));
}

describe.each(MAY)('the role %s, there from the start,', (role, own) => {
  it('may do exactly this', async () => {
    const token = await userWith(role);
    const allowed: string[] = [];
    for (const operation of await documentedOperations(server)) {
      if (operation.permissions === 'public') continue;
      if ((await harmlessStatus(server, operation, token)) !== 403) allowed.push(operation.operationId);
    }
    expect(allowed.toSorted()).toEqual([...words(own), ...words(WITH_A_LOGIN)].toSorted());
  });
});

it('a backup operator takes every backup, and gets none of them back in', async () => {
  const token = await userWith('backup-operator');
  for (const path of ['/auth', '/config', '/logs', '']) {
    const { status, headers } = await server.request('GET', `/api/v1/backup${path}`, { token });
    expect(status).toBe(200);
    const run = `/api/v1/backups/${headers.get('x-backup-id')}`;
    await expect.poll(async () => (await server.ok('GET', run, { token })).backup.outcome).toBe('succeeded');
    expect((await server.request('POST', `/api/v1/restore${path}`, { token, body: 'x' })).status).toBe(403);
  }
});

it('neither is made where there are users or roles already', async () => {
  for (const role of ['backup-operator', 'viewer'])
    await server.ok('DELETE', `/api/v1/roles/${role}`, { token: root });
  server = await server.restarted();
  const { roles } = await server.ok('GET', '/api/v1/roles', { token: root });
  expect(roles.map(({ name }: { name: string }) => name)).toEqual(['admin']);
});
