import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf, digestsOf, ingest, records, sha256, upload } from '../support/backup-client.js';
import { newAgeKey, openWith } from '../packing/packed.js';
import { EACH_SECOND, ScheduledServer } from './scheduled-server.js';

/** What a schedule makes, and that it is worth something. */

let scheduled: ScheduledServer;

beforeAll(async () => {
  scheduled = await ScheduledServer.start();
  await ingest(scheduled.current, scheduled.token, 20);
});
afterAll(() => scheduled.end());

describe('a schedule', () => {
  it('makes a backup each time that it is due, with a row in the catalogue', async () => {
    await scheduled.put('ticking', { cron: EACH_SECOND });
    const runs = await scheduled.ended('ticking', 3, 'succeeded');
    await scheduled.delete('ticking');
    expect(runs[0]).toMatchObject({
      database: 'logs',
      user: 'schedule ticking',
      address: '',
      schedule: 'ticking',
      error: null,
    });
    expect(new Set(runs.map(({ started_at }) => started_at.slice(0, 19))).size).toBe(runs.length);
    const files = await scheduled.backupFiles();
    for (const { stored, sha256: content, id, instant } of runs) {
      expect(files).toContain(stored!.file);
      const stamp = `${instant.slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
      expect(stored!.file).toBe(`flowg-ticking-logs-${stamp}-${id.slice(0, 8)}.db.gz`);
      expect(sha256(await scheduled.content(stored!.file))).toBe(content);
      expect(sha256(await readFile(join(await scheduled.place(), stored!.file)))).toBe(stored!.sha256);
    }
  });

  it('stops when it is deleted, and leaves its files', async () => {
    const before = await scheduled.backupFiles();
    expect(before.length).toBeGreaterThanOrEqual(3);
    await new Promise((done) => setTimeout(done, 1500));
    expect(await scheduled.backupFiles()).toEqual(before);
  });

  it.each(['auth', 'config', 'logs'] as const)(
    'of %s makes what the documented upload restores',
    async (database) => {
      await scheduled.put(database, { database });
      const before = await digestsOf(scheduled.current, scheduled.token);
      const { stored, proof } = await scheduled.run(database);
      expect(proof).toMatchObject({ outcome: 'proven', error: null });
      if (database === 'logs') {
        await ingest(scheduled.current, scheduled.token, 5, 'later');
        expect(await records(scheduled.current, scheduled.token)).toHaveLength(25);
      }
      const content = await scheduled.content(stored!.file);
      expect(await digestOf(content)).toBe(before[database]);
      const answer = await upload(scheduled.current, scheduled.token, database, content);
      expect(answer.status, answer.text).toBe(200);
      expect(await digestsOf(scheduled.current, scheduled.token)).toEqual(before);
    },
  );

  it('of everything makes the archive', async () => {
    await scheduled.put('everything', { database: 'all', compression: 'none' });
    const { stored, proof, bytes } = await scheduled.run('everything');
    expect(proof).toMatchObject({ outcome: 'proven', error: null });
    expect(stored!.file).toMatch(/^flowg-everything-all-.*\.tar$/);
    expect(stored!.bytes).toBe(bytes);
    const file = join(await scheduled.place(), stored!.file);
    expect(execFileSync('tar', ['-tf', file]).toString().split('\n')).toContain('logs.db');
    const form = new FormData();
    form.append('backup', new Blob([await readFile(file)]), 'flowg.tar');
    const { status, text } = await scheduled.current.request('POST', '/api/v1/restore', {
      token: scheduled.token,
      body: form,
    });
    expect(status, text).toBe(200);
  });

  it('sealed for somebody makes what only they can open, and is proven all the same', async () => {
    const { identity, recipient } = await newAgeKey();
    await scheduled.put('sealed', { compression: 'none', recipients: [recipient] });
    const { stored, proof, sha256: content } = await scheduled.run('sealed');
    expect(stored!.file).toMatch(/\.db\.age$/);
    expect(proof).toMatchObject({ outcome: 'proven', reach: 'content' });
    const file = await readFile(join(await scheduled.place(), stored!.file));
    expect(file.includes('SQLite format 3')).toBe(false);
    expect(sha256(await openWith(identity, file))).toBe(content);
  });

  it('makes what is restored straight from the catalogue', async () => {
    await scheduled.put('catalogued', { database: 'config' });
    const { id } = await scheduled.run('catalogued');
    await scheduled.ok('PUT', 'transformers/later', { script: '.' });
    await scheduled.ok('POST', `restore/config?from=${id}`);
    expect((await scheduled.ok('GET', 'transformers')).transformers).not.toContain('later');
  });

  it('begins one when it is asked to, under the name of who asked', async () => {
    await scheduled.put('by hand');
    const { backup } = await scheduled.ok('POST', 'backup-schedules/by%20hand/run');
    expect(backup).toMatchObject({
      outcome: 'running',
      user: 'root',
      address: '127.0.0.1',
      schedule: 'by hand',
    });
    await scheduled.idle('by hand');
    const { outcome, stored } = await scheduled.backup(backup.id);
    expect(outcome).toBe('succeeded');
    expect(stored!.file).toMatch(/^flowg-by_hand-logs-/);
    expect((await scheduled.get('by hand')).last_run).toMatchObject({ id: backup.id, outcome: 'succeeded' });
  });

  it('goes on beside restores, and does them no harm', async () => {
    await scheduled.put('beside', { database: 'config', cron: EACH_SECOND });
    const { stored } = await scheduled.run('config');
    const content = await scheduled.content(stored!.file);
    for (let time = 0; time < 15; time++) {
      const answer = await upload(scheduled.current, scheduled.token, 'config', content);
      expect(answer.status, answer.text).toBe(200);
    }
    await scheduled.ended('beside', 2);
    await scheduled.put('beside', { database: 'config', enabled: false });
    await scheduled.idle('beside');
    const runs = await scheduled.runs('beside');
    expect(runs.map(({ outcome, proof }) => [outcome, proof?.outcome])).toEqual(
      runs.map(() => ['succeeded', 'proven']),
    );
  });

  it('of a name with anything in it makes files with names that a folder can have', async () => {
    const name = `../${'ü/'.repeat(80)}.sh`;
    await scheduled.put(name);
    const { outcome, stored } = await scheduled.run(name);
    expect(outcome).toBe('succeeded');
    expect(stored!.file).toMatch(/^flowg-\.\.__[A-Za-z0-9._-]+-logs-\d{8}T\d{6}Z-[0-9a-f]{8}\.db\.gz$/);
    expect(stored!.file.length).toBeLessThan(200);
    expect(await scheduled.backupFiles()).toContain(stored!.file);
  });

  it('whose backup is not what was written is not proven, and says so', async () => {
    const hook = await scheduled.alert('on-call');
    const file = await spoiled();
    const { id, proof, outcome } = (await scheduled.runs('spoiled')).at(-1)!;
    expect(outcome).toBe('succeeded');
    expect(proof).toMatchObject({ outcome: 'failed', error: expect.stringMatching(/./) });
    expect(await scheduled.backupFiles()).toContain(file);
    expect(await scheduled.metric('failures_total', { schedule: 'spoiled', reason: 'proof' })).toBe(1);
    await hook.until(1);
    await hook.stop();
    const told = { event: 'backup_unproven', schedule: 'spoiled', database: 'logs', destination: 'nas' };
    expect(hook.fields).toEqual([{ ...told, backup_id: id, error: proof!.error }]);
  });

  /** A byte of the file is changed between its writing and its proof. @returns the name of the file. */
  async function spoiled(): Promise<string> {
    await scheduled.restart({ FLOWG_TEST_FAILPOINTS: 'schedule.written=sleep:1500' });
    await scheduled.put('spoiled', { notify: 'on-call' });
    const known = await scheduled.backupFiles();
    await scheduled.ok('POST', 'backup-schedules/spoiled/run');
    let file: string | undefined;
    await scheduled.until(async () => {
      file = (await scheduled.backupFiles()).find(
        (name) => !known.includes(name) && name.startsWith('flowg-spoiled'),
      );
      return file !== undefined;
    }, 'the file');
    const path = join(await scheduled.place(), file!);
    const bytes = await readFile(path);
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(path, bytes);
    await scheduled.idle('spoiled');
    return file!;
  }
});
