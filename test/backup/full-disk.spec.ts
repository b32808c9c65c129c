import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Digests, digestsOf, download, ingest, upload } from '../support/backup-client.js';
import { canMount } from '../support/programs.js';
import { strayFiles } from '../support/live-state.js';
import { SmallDisk } from '../support/small-disk.js';
import { TestServer } from '../support/test-server.js';

const mountable = canMount();

describe.skipIf(!mountable)('on a full disk', () => {
  let disk: SmallDisk;
  let server: TestServer;
  let root: string;
  let before: Digests;
  let small: Buffer;
  let large: Buffer;
  /** Two of them fit, with what staging needs, but not three. */
  let medium: Buffer;

  beforeAll(async () => {
    const elsewhere = await TestServer.start();
    const token = await elsewhere.login();
    await ingest(elsewhere, token, 30, 'x'.repeat(150_000));
    medium = (await download(elsewhere, token, 'logs')).bytes;
    await ingest(elsewhere, token, 30, 'x'.repeat(150_000));
    large = (await download(elsewhere, token, 'logs')).bytes;
    await elsewhere.stop();

    disk = await SmallDisk.mount(20);
    server = await TestServer.start({
      dataDir: join(disk.path, 'data'),
      env: { FLOWG_DISK_RESERVE_MB: '1' },
    });
    root = await server.createToken(await server.login());
    await ingest(server, root, 20);
    small = (await download(server, root, 'logs')).bytes;
    before = await digestsOf(server, root);
  });

  afterAll(async () => {
    await server.stop();
    await disk.unmount();
  });

  async function expectUnharmed(): Promise<void> {
    await disk.empty();
    expect(await digestsOf(server, root)).toEqual(before);
    expect(await strayFiles(server.dataDir)).toEqual([]);
  }

  it('a restore that does not fit is refused with 507 as soon as its size is known', async () => {
    await disk.fillUpTo(5 * 1024 * 1024);
    const answer = await upload(server, root, 'logs', large);
    expect(answer.status, answer.text).toBe(507);
    expect(answer.body.status).toBe('INSUFFICIENT_STORAGE');
    expect(answer.body.error).toMatch(/no room for this: \d+ bytes are needed, \d+ are available/);
    await expectUnharmed();
    const { restores } = await server.ok('GET', '/api/v1/restores?limit=1', { token: root });
    expect(restores[0]).toMatchObject({ database: 'logs', outcome: 'failed' });
  });

  it('a restore that has no room left for staging is refused with 507', async () => {
    await disk.fillUpTo(small.length + 3 * 1024 * 1024);
    const answer = await upload(server, root, 'logs', small);
    expect(answer.status, answer.text).toBe(507);
    await expectUnharmed();
  });

  it.each([
    'restore.receiving',
    'restore.received',
    'restore.checked',
    'restore.migrating',
    'restore.staged',
  ])('that becomes full at %s, the old state stays and the next restore works', async (failpoint) => {
    await disk.empty();
    server = await server.restarted({ FLOWG_TEST_FAILPOINTS: `${failpoint}=error:ENOSPC` });
    const answer = await upload(server, root, 'logs', small);
    expect(answer.status, answer.text).toBe(507);
    expect(answer.text).not.toContain(disk.path);
    server = await server.restarted({ FLOWG_TEST_FAILPOINTS: '' });
    await expectUnharmed();
    expect((await upload(server, root, 'logs', small)).status).toBe(200);
    await expectUnharmed();
  });

  it('to the last byte, ingest says 507, reading goes on, and all works again when there is room', async () => {
    await disk.fillUpTo(0);
    const refused = await fillByIngest();
    expect(refused.status, refused.text).toBe(507);
    expect((await server.request('GET', '/api/v1/streams', { token: root })).status).toBe(200);
    expect((await upload(server, root, 'logs', small)).status).toBe(507);
    const backup = await server.request('GET', '/api/v1/backup/logs', { token: root });
    expect([200, 507]).toContain(backup.status);
    await disk.empty();
    expect((await upload(server, root, 'logs', small)).status).toBe(200);
    await expectUnharmed();
  });

  it('what earlier restores replaced gives way to one that needs its room', async () => {
    await disk.empty();
    const ids: string[] = [];
    for (let time = 0; time < 3; time++) {
      const answer = await upload(server, root, 'logs', medium);
      expect(answer.status, answer.text).toBe(200);
      ids.push(answer.body.restore_id);
    }
    const { restore } = await server.ok('GET', `/api/v1/restores/${ids[0]}`, { token: root });
    expect(restore.undoable_until).toBeNull();
    const undo = await server.request('POST', `/api/v1/restores/${ids[2]}/undo`, { token: root });
    expect(undo.status, undo.text).toBe(200);
    expect(await strayFiles(server.dataDir)).toEqual([]);
  });

  async function fillByIngest() {
    for (let round = 0; ; round++) {
      const record = { message: 'y'.repeat(500_000) };
      const answer = await server.request('POST', '/api/v1/pipelines/default/logs', {
        token: root,
        json: { record },
      });
      if (answer.status !== 200 || round > 100) return answer;
    }
  }
});

describe('above a limit to the size of files', () => {
  it('an upload is refused with 507 while it is received, and the server goes on', async () => {
    const elsewhere = await TestServer.start();
    const token = await elsewhere.login();
    await ingest(elsewhere, token, 30, 'x'.repeat(150_000));
    const { bytes } = await download(elsewhere, token, 'logs');
    await elsewhere.stop();
    const server = await TestServer.start({ shell: 'ulimit -f 2000' });
    const root = await server.createToken(await server.login());
    const before = await digestsOf(server, root);
    const answer = await upload(server, root, 'logs', bytes);
    expect(answer.status, answer.text).toBe(507);
    expect(answer.body.error).toContain('nothing was changed');
    expect(await digestsOf(server, root)).toEqual(before);
    await ingest(server, root, 5);
    await server.stop();
  });
});
