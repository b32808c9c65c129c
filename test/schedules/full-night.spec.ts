import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ingest, records } from '../support/backup-client.js';
import { strayFiles } from '../support/live-state.js';
import { canMount } from '../support/programs.js';
import { SmallDisk } from '../support/small-disk.js';
import { TestServer } from '../support/test-server.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const EVERY_TWO_SECONDS = '*/2 * * * * *';
const NIGHT_MILLISECONDS = 8000;

/** Nobody is there: syslog and pipelines go on, schedules are due, and the volume of the data is full. */
describe.skipIf(!canMount())('a night with a full disk', () => {
  let disk: SmallDisk;
  let outside: string;
  let server: TestServer;
  let token: string;
  let hook: WebhookReceiver;

  beforeAll(async () => {
    disk = await SmallDisk.mount(24);
    await mkdir(join(disk.path, 'beside'));
    outside = await mkdtemp(join(tmpdir(), 'flowg-outside-'));
    const destinations = {
      outside: { type: 'folder', path: outside },
      beside: { type: 'folder', path: join(disk.path, 'beside') },
    };
    server = await TestServer.start({
      dataDir: join(disk.path, 'data'),
      env: { FLOWG_DISK_RESERVE_MB: '1', FLOWG_BACKUP_DESTINATIONS: JSON.stringify(destinations) },
    });
    token = await server.createToken(await server.login());
    await ingest(server, token, 20);
    hook = await WebhookReceiver.start();
    await server.ok('PUT', '/api/v1/alerts/on-call', {
      token,
      json: { webhook: { version: 1, url: hook.url } },
    });
    for (const name of Object.keys(destinations)) await turn(name, true);
  });
  afterAll(async () => {
    await server.stop();
    await hook.stop();
    await disk.unmount();
    await rm(outside, { recursive: true });
  });

  async function turn(name: string, enabled: boolean): Promise<void> {
    const json = {
      database: 'logs',
      cron: EVERY_TWO_SECONDS,
      destination: name,
      keep: { last: 2 },
      notify: 'on-call',
      enabled,
    };
    await server.ok('PUT', `/api/v1/backup-schedules/${name}`, { token, json });
  }

  const rows = async () => (await server.ok('GET', '/api/v1/backups?limit=1000', { token })).backups as any[];
  const provenSince = async (schedule: string, sinceMs: number) =>
    (await rows()).some(
      (row) =>
        row.schedule === schedule && row.proof?.outcome === 'proven' && Date.parse(row.started_at) > sinceMs,
    );

  const send = (message: string) =>
    server.request('POST', '/api/v1/pipelines/default/logs', { token, json: { record: { message } } });

  it('is told to everybody, and is over as soon as there is room', async () => {
    for (const name of ['outside', 'beside'])
      await expect.poll(() => provenSince(name, 0), { timeout: 30_000 }).toBe(true);

    await disk.fillUpTo(0);
    let taken = 0;
    while ((await send('y'.repeat(200_000))).status === 200) taken++;
    const dawn = Date.now() + NIGHT_MILLISECONDS;
    const seen = new Set<string>();
    while (Date.now() < dawn) {
      const { status, body } = await send('z'.repeat(100_000));
      if (status === 200) taken++;
      else expect([status, body.status]).toEqual([507, 'INSUFFICIENT_STORAGE']);
      for (const path of ['/api/v1/streams', '/api/v1/backup-schedules', '/api/v1/backups'])
        expect(await server.status('GET', path, { token }), path).toBe(200);
      for (const path of ['/health', '/ready', '/metrics'])
        expect((await fetch(server.managementUrl + path)).status, path).toBe(200);
      const run = await server.request('POST', '/api/v1/backup-schedules/beside/run', { token });
      expect([200, 409, 507], run.text).toContain(run.status);
      if (run.status === 507)
        expect(run.body.error).toMatch(/disk is full; .* free some space and try again/);
      seen.add(String((await server.request('GET', '/api/v1/backup/logs', { token })).status));
      await pause(200);
    }
    expect([...seen].filter((status) => status !== '200' && status !== '507')).toEqual([]);
    const metrics = await (await fetch(`${server.managementUrl}/metrics`)).text();
    expect(metrics).toMatch(
      /^flowg_backup_schedule_failures_total\{schedule="beside",database="logs",reason="backup"\} [1-9]/m,
    );

    const why =
      "it could not be begun: the server's disk is full; nothing was changed; free some space and try again";
    for (const name of ['outside', 'beside'])
      expect(server.log).toContain(`backup_failed: schedule "${name}" of logs: ${why}`);

    await disk.empty();
    const morning = Date.now();
    await ingest(server, token, 10, 'good morning');
    for (const name of ['outside', 'beside'])
      await expect.poll(() => provenSince(name, morning), { timeout: 30_000 }).toBe(true);
    for (const name of ['outside', 'beside']) {
      const told = { event: 'backup_failed', schedule: name, database: 'logs', destination: name };
      await expect
        .poll(() => hook.fields, { timeout: 15_000 })
        .toContainEqual({ ...told, backup_id: '', error: why });
    }
    expect(await records(server, token)).toHaveLength(20 + taken + 10);
    await expectNothingLeft();
  });

  async function expectNothingLeft(): Promise<void> {
    for (const name of ['outside', 'beside']) await turn(name, false);
    const busy = async () =>
      (await server.ok('GET', '/api/v1/backup-schedules', { token })).schedules.some(
        ({ running }: { running: boolean }) => running,
      );
    await expect.poll(busy, { timeout: 30_000 }).toBe(false);
    expect(await strayFiles(server.dataDir)).toEqual([]);
    const kept = (await rows()).filter(({ stored }) => stored && stored.removed_at === null);
    expect(kept.filter(({ outcome }) => outcome !== 'succeeded')).toEqual([]);
    for (const [name, folder] of [
      ['outside', outside],
      ['beside', join(disk.path, 'beside')],
    ] as const) {
      const files: string[] = kept
        .filter(({ schedule }) => schedule === name)
        .map(({ stored }) => stored.file);
      const names = (await readdir(folder)).filter((file) => !file.endsWith('.receipt.json'));
      expect(names.toSorted(), name).toEqual(files.toSorted());
    }
  }
});
