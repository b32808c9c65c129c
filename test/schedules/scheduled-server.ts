import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { metricValue } from '../support/metrics.js';
import { type Answer, TestServer } from '../support/test-server.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

/** Never in the time of a test: for backups that are asked for. */
export const SELDOM = '0 0 29 2 *';
export const EACH_SECOND = '* * * * * *';

export interface BackupAnswer {
  id: string;
  database: string;
  outcome: string;
  user: string;
  address: string;
  started_at: string;
  bytes: number | null;
  sha256: string | null;
  instant: string;
  error: string | null;
  schedule: string | null;
  stored: {
    destination: string;
    file: string;
    bytes: number;
    sha256: string;
    removed_at: string | null;
  } | null;
  proof: { outcome: string; error: string | null } | null;
}

/** A server with folders as destinations, and what a person would ask of its schedules. */
export class ScheduledServer {
  private constructor(
    private server: TestServer,
    /** With a folder for each destination, and the data. */
    readonly folder: string,
    readonly token: string,
  ) {}

  /**
   * @param env may hold `FLOWG_BACKUP_SCHEDULES`.
   * @param more destinations than the folders `nas` and `other`; what runs before the server in its shell.
   */
  static async start(
    env: Record<string, string> = {},
    more: { destinations?: Record<string, unknown>; shell?: string } = {},
  ): Promise<ScheduledServer> {
    const folder = await mkdtemp(join(tmpdir(), 'flowg-scheduled-'));
    const dataDir = join(folder, 'data');
    await mkdir(dataDir);
    const destinations = Object.fromEntries(
      await Promise.all(
        ['nas', 'other'].map(async (name) => [
          name,
          { type: 'folder', path: await mkdtemp(join(folder, `${name}-`)) },
        ]),
      ),
    ) as Record<string, { path: string }>;
    const FLOWG_BACKUP_DESTINATIONS = JSON.stringify({ ...destinations, ...more.destinations });
    const server = await TestServer.start({
      dataDir,
      env: { FLOWG_BACKUP_DESTINATIONS, FLOWG_DISK_RESERVE_MB: '1', ...env },
      shell: more.shell,
    });
    return new ScheduledServer(server, folder, await server.createToken(await server.login()));
  }

  get current(): TestServer {
    return this.server;
  }

  /** Stopped with SIGTERM, or killed before, and started again on the same data. */
  async restart(env: Record<string, string> = {}): Promise<void> {
    this.server = await this.server.restarted(env);
  }

  async end(): Promise<void> {
    await this.server.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The folder of a destination. */
  async place(destination = 'nas'): Promise<string> {
    const name = (await readdir(this.folder)).find((one) => one.startsWith(`${destination}-`))!;
    return join(this.folder, name);
  }

  /** All that lies in a destination, unfinished files too. */
  async files(destination = 'nas'): Promise<string[]> {
    return (await readdir(await this.place(destination))).toSorted();
  }

  /** Without receipts. */
  async backupFiles(destination = 'nas'): Promise<string[]> {
    return (await this.files(destination)).filter((name) => !name.endsWith('.receipt.json'));
  }

  request(method: string, path: string, json?: unknown, token = this.token): Promise<Answer> {
    return this.server.request(method, `/api/v1/${path}`, { token, json });
  }

  ok<Body = any>(method: string, path: string, json?: unknown): Promise<Body> {
    return this.server.ok<Body>(method, `/api/v1/${path}`, { token: this.token, json });
  }

  /** Of the logs database, to `nas`, kept for ever, unless it is said otherwise. */
  async put(name: string, definition: Record<string, unknown> = {}): Promise<any> {
    const json = {
      database: 'logs',
      destination: 'nas',
      cron: SELDOM,
      keep: { last: 10_000 },
      ...definition,
    };
    return (await this.ok('PUT', `backup-schedules/${encodeURIComponent(name)}`, json)).schedule;
  }

  async get(name: string): Promise<any> {
    return (await this.ok('GET', `backup-schedules/${encodeURIComponent(name)}`)).schedule;
  }

  delete(name: string): Promise<unknown> {
    return this.ok('DELETE', `backup-schedules/${encodeURIComponent(name)}`);
  }

  /** @returns what an alert of this name calls; to be stopped. */
  async alert(name: string): Promise<WebhookReceiver> {
    const hook = await WebhookReceiver.start();
    await this.ok('PUT', `alerts/${name}`, { webhook: { version: 1, url: hook.url } });
    return hook;
  }

  /** Begins a backup and waits until it has ended, with its proof and retention. */
  async run(name: string): Promise<BackupAnswer> {
    const { backup } = await this.ok('POST', `backup-schedules/${encodeURIComponent(name)}/run`);
    await this.idle(name);
    return this.backup(backup.id);
  }

  async backup(id: string): Promise<BackupAnswer> {
    return (await this.ok('GET', `backups/${id}`)).backup;
  }

  /** Waits until nothing of the schedule is under way. */
  async idle(name: string): Promise<void> {
    await this.until(async () => !(await this.get(name)).running, `${name} to end`);
  }

  /** The runs of a schedule, oldest first. */
  async runs(name: string): Promise<BackupAnswer[]> {
    const { backups } = await this.ok<{ backups: BackupAnswer[] }>('GET', 'backups?limit=1000');
    return backups.filter(({ schedule }) => schedule === name).toReversed();
  }

  /** Waits until so many runs of a schedule have ended. @returns them. */
  async ended(name: string, count: number, outcome?: string): Promise<BackupAnswer[]> {
    let ended: BackupAnswer[] = [];
    await this.until(async () => {
      ended = (await this.runs(name)).filter((run) =>
        outcome === undefined ? run.outcome !== 'running' : run.outcome === outcome,
      );
      return ended.length >= count;
    }, `${count} runs of ${name}`);
    return ended;
  }

  /** @throws Error with what the server has printed when it does not become true. */
  async until(isTrue: () => Promise<boolean> | boolean, what: string, seconds = 40): Promise<void> {
    const deadline = Date.now() + seconds * 1000;
    while (!(await isTrue())) {
      if (Date.now() > deadline)
        throw new Error(`waited in vain for ${what}; the server says:\n${this.server.log}`);
      await sleep(50);
    }
  }

  /** Of a schedule, without `flowg_backup_schedule_` in front. */
  metric(name: string, labels: Record<string, string>): Promise<number | undefined> {
    return this.metricOf(`flowg_backup_schedule_${name}`, labels);
  }

  /** Of anything. */
  async metricOf(name: string, labels: Record<string, string>): Promise<number | undefined> {
    const text = await (await fetch(`${this.server.managementUrl}/metrics`)).text();
    return metricValue(text, name, labels);
  }

  /** The backup in a stored file that is packed with gzip. */
  async content(file: string, destination = 'nas'): Promise<Buffer> {
    return gunzipSync(await readFile(join(await this.place(destination), file)));
  }
}
