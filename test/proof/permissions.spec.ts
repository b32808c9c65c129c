import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Permission, PERMISSION_NAMES } from '#src/auth/permissions.js';
import { RUN_PERMISSIONS } from '#src/backup/run-permissions.js';
import { RUN_SCOPES } from '#src/backup/run-scope.js';
import { type BackupFolder, serverWithFolder } from '../support/stored-backups.js';
import type { TestServer } from '../support/test-server.js';

let folder: BackupFolder;
let server: TestServer;
let root: string;

beforeAll(async () => {
  ({ folder, server, root } = await serverWithFolder());
});
afterAll(async () => {
  await server.stop();
  await folder.remove();
});

let users = 0;
function userWith(permissions: readonly Permission[]): Promise<string> {
  return server.createUser(root, `caller-${users++}`, [...permissions]);
}

/** Whoever lacks `read_x` lacks `write_x`, which implies it. */
function allBut(missing: Permission): Permission[] {
  return PERMISSION_NAMES.filter((one) => one !== missing && one !== missing.replace('read_', 'write_'));
}

it.each(RUN_SCOPES)(
  'who may back up %s may have its backups proven, others do not know of them',
  async (scope) => {
    const needed = RUN_PERMISSIONS.backup[scope];
    const { id } = await folder.store(server, root, scope);
    const prove = (token?: string) => server.request('POST', `/api/v1/backups/${id}/prove`, { token });
    expect((await prove()).status).toBe(401);
    for (const missing of needed) {
      const { status, body } = await prove(await userWith(allBut(missing)));
      expect(status).toBe(404);
      expect(body.error).toMatch(/there is no backup/);
    }
    const { status, body } = await prove(await userWith(needed));
    expect(status).toBe(200);
    expect(body.backup.proof.outcome).toBe('proven');
  },
);
