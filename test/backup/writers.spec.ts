import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SqliteConnection } from '#src/database/sqlite/sqlite-connection.js';
import { download, ingest, records, upload } from '../support/backup-client.js';
import { hasProgram } from '../support/programs.js';
import { TestServer } from '../support/test-server.js';

const sqlite3 = hasProgram('sqlite3');

let server: TestServer;
let root: string;
let folder: string;

beforeAll(async () => {
  server = await TestServer.start();
  root = await server.createToken(await server.login());
  folder = await mkdtemp(join(tmpdir(), 'flowg-writers-'));
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

/** Eight clients that each write their own counter, one request after the other, until they are told to stop. */
class Writers {
  readonly acknowledged = Array.from({ length: 8 }, () => 0);
  longestPauseMs = 0;
  private running = true;
  private readonly done: Promise<unknown>;

  constructor() {
    this.done = Promise.all(this.acknowledged.map((_, writer) => this.write(writer)));
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.done;
  }

  private async write(writer: number): Promise<void> {
    for (let count = 1; this.running; count++) {
      const started = performance.now();
      const record = { writer: String(writer), count: String(count) };
      await server.ok('POST', '/api/v1/pipelines/default/logs', { token: root, json: { record } });
      this.acknowledged[writer] = count;
      this.longestPauseMs = Math.max(this.longestPauseMs, performance.now() - started);
    }
  }
}

describe('backups while eight writers ingest', () => {
  it('hold a prefix of what was acknowledged, and the writers hardly notice', async () => {
    await ingest(server, root, 500);
    const writers = new Writers();
    const files: string[] = [];
    for (let round = 0; round < 6; round++) {
      await new Promise((done) => setTimeout(done, 150));
      const before = [...writers.acknowledged];
      const { bytes } = await download(server, root, 'logs');
      const file = join(folder, `${round}.db`);
      await writeFile(file, bytes);
      files.push(file);
      const connection = await SqliteConnection.open(file, 'readonly');
      expect(await connection.all('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
      const rows = await connection.all<{ writer: number; n: number; top: number }>(
        `SELECT fields ->> 'writer' AS writer, count(*) AS n, max(CAST(fields ->> 'count' AS INTEGER)) AS top
         FROM entry WHERE fields ->> 'writer' IS NOT NULL GROUP BY writer`,
      );
      await connection.close();
      expect(rows).toHaveLength(8);
      for (const { writer, n, top } of rows) {
        expect(n, 'no gap below the newest').toBe(top);
        expect(top, 'everything acknowledged before').toBeGreaterThanOrEqual(before[writer]!);
        expect(top, 'at most one in flight more than acknowledged now').toBeLessThanOrEqual(
          writers.acknowledged[writer]! + 1,
        );
      }
    }
    await writers.stop();
    const total = writers.acknowledged.reduce((sum, count) => sum + count, 0);
    console.log(
      `writers: ${total} records, longest wait of one request ${writers.longestPauseMs.toFixed(1)} ms`,
    );
    expect(await records(server, root)).toHaveLength(500 + total);
    if (sqlite3) {
      const answer = execFileSync('sqlite3', [
        files.at(-1)!,
        'PRAGMA integrity_check; SELECT count(*) > 500 FROM entry',
      ]);
      expect(answer.toString()).toBe('ok\n1\n');
    }
  });

  it('a restore in the middle fails none of their requests', async () => {
    const { bytes } = await download(server, root, 'logs');
    const writers = new Writers();
    for (let round = 0; round < 3; round++) {
      await new Promise((done) => setTimeout(done, 100));
      expect((await upload(server, root, 'logs', bytes)).status).toBe(200);
    }
    await writers.stop();
    expect(Math.min(...writers.acknowledged)).toBeGreaterThan(0);
    console.log(`restores: longest wait of one request ${writers.longestPauseMs.toFixed(1)} ms`);
  });
});
