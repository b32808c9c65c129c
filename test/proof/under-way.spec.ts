import { readdir } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { strayDescriptors, strayFiles } from '../support/live-state.js';
import { type BackupFolder, serverWithFolder, type StoredBackup } from '../support/stored-backups.js';
import type { Answer, TestServer } from '../support/test-server.js';

/** Long enough to look at a proof in its middle. */
const SLOW = { FLOWG_TEST_FAILPOINTS: 'proof.opened=sleep:2000' };

let folder: BackupFolder;
let server: TestServer;
let root: string;

beforeEach(async () => {
  ({ folder, server, root } = await serverWithFolder(SLOW));
});
afterEach(async () => {
  await server.stop();
  await folder.remove();
});

function prove({ id }: StoredBackup, signal?: AbortSignal): Promise<Answer> {
  if (!signal) return server.request('POST', `/api/v1/backups/${id}/prove`, { token: root });
  return server.fetch('POST', `/api/v1/backups/${id}/prove`, { token: root }, signal) as Promise<any>;
}

const workshops = async () =>
  (await readdir(server.dataDir)).filter((name) => name.startsWith('flowg-verify-'));

async function untilThereAre(count: number): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++) {
    if ((await workshops()).length === count) return;
    await wait(20);
  }
  throw new Error(`there are still ${(await workshops()).length} workshops, not ${count}`);
}

describe('a proof that is under way', () => {
  it('keeps others of the same backup away, and of others all but one', async () => {
    const [one, two, three] = [
      await folder.store(server, root, 'auth'),
      await folder.store(server, root, 'config'),
      await folder.store(server, root, 'logs'),
    ];
    const proving = [prove(one)];
    await untilThereAre(1);
    const again = await prove(one);
    expect(again).toMatchObject({ status: 409, body: { status: 'CONFLICT' } });
    expect(again.body.error).toMatch(/a proof of backup .* is under way/);
    proving.push(prove(two));
    await untilThereAre(2);
    const third = await prove(three);
    expect(third).toMatchObject({ status: 503, body: { status: 'UNAVAILABLE' } });
    expect(third.headers.get('retry-after')).toBe('30');
    for (const { status, body } of await Promise.all(proving)) {
      expect(status).toBe(200);
      expect(body.backup.proof.outcome).toBe('proven');
    }
    expect((await prove(three)).status).toBe(200);
    expect(await workshops()).toEqual([]);
  });

  it('ends when nobody waits for it any more, and leaves nothing', async () => {
    const backup = await folder.store(server, root, 'auth');
    const gone = new AbortController();
    const proving = prove(backup, gone.signal);
    await untilThereAre(1);
    gone.abort();
    await expect(proving).rejects.toThrow();
    await untilThereAre(0);
    expect((await server.ok('GET', `/api/v1/backups/${backup.id}`, { token: root })).backup.proof).toBeNull();
    await expect(folder.receipt(backup)).rejects.toThrow('ENOENT');
    expect(await strayFiles(server.dataDir)).toEqual([]);
    expect(await strayDescriptors(server.dataDir, server.pid)).toEqual([]);
    expect((await prove(backup)).body.backup.proof.outcome).toBe('proven');
  });

  it('ends with the server, and leaves nothing', async () => {
    const backup = await folder.store(server, root, 'auth');
    const proving = prove(backup).catch((error: Error) => error);
    await untilThereAre(1);
    process.kill(server.pid, 'SIGTERM');
    const answer = await proving;
    expect(answer).toMatchObject({ status: 503, body: { status: 'UNAVAILABLE' } });
    expect(await server.ended()).toBe(0);
    expect(await workshops()).toEqual([]);
    await expect(folder.receipt(backup)).rejects.toThrow('ENOENT');
  });

  it('leaves nothing after a crash but what the next start removes', async () => {
    const backup = await folder.store(server, root, 'auth');
    const proving = prove(backup).catch(() => undefined);
    await untilThereAre(1);
    await server.kill();
    await proving;
    expect(await workshops()).toHaveLength(1);
    server = await server.restarted({ FLOWG_TEST_FAILPOINTS: '' });
    expect(await workshops()).toEqual([]);
    expect((await prove(backup)).body.backup.proof.outcome).toBe('proven');
  });
});
