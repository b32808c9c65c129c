import { setTimeout as pause } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { digestOf, digestsOf, download, upload } from '../support/backup-client.js';
import type { TestServer } from '../support/test-server.js';
import { uploadAll } from '../support/whole-backup.js';
import { contentFaults } from './checks.js';
import type { Ledger } from './ledger.js';
import type { BackupAnswer } from '../schedules/scheduled-server.js';
import { databasesIn, numbersIn } from './state-file.js';
import type { Store } from './stores.js';
import type { Subject } from './subject.js';

const LONGEST_BEFORE_KILL_MS = 250;

/** A backup as it lies in its destination, unpacked beside the server. */
export interface Fetched {
  row: BackupAnswer;
  content: Buffer;
  faults: string[];
}

export async function fetchStored(row: BackupAnswer, store: Store): Promise<Fetched> {
  const bytes = await store.read(row.stored!.file);
  const content = row.stored!.file.endsWith('.gz') ? gunzipSync(bytes) : bytes;
  return { row, content, faults: contentFaults(row, bytes, content) };
}

/** The entries in a backup of the logs are those that were acknowledged up to its instant. */
export async function entryFaults({ row, content }: Fetched, ledger: Ledger): Promise<string[]> {
  const faults = ledger.faultsOf(await numbersIn(content), Date.parse(row.instant));
  return faults.map((fault) => `${row.stored!.file}: ${fault}`);
}

/** The same of what is live. */
export async function liveFaults(subject: Subject, ledger: Ledger): Promise<string[]> {
  const { bytes, headers } = await download(subject.server, subject.token, 'logs');
  const { backup } = await subject.ok('GET', `/api/v1/backups/${headers.get('X-Backup-Id')}`);
  return ledger.faultsOf(await numbersIn(bytes), Date.parse(backup.instant));
}

/** Restores into another server, and compares. */
export async function restoreElsewhere({ row, content }: Fetched, other: TestServer): Promise<string[]> {
  const token = await other.login();
  const answer =
    row.database === 'all'
      ? await uploadAll(other, token, content, '?allow_lockout=true')
      : await upload(other, token, 'logs', content);
  if (answer.status !== 200) return [`${row.stored!.file} does not restore: ${answer.text}`];
  const restored: Record<string, string> = await digestsOf(other, await other.login());
  const wanted = row.database === 'all' ? await databasesIn(content) : { logs: content };
  const faults: string[] = [];
  for (const [name, bytes] of Object.entries(wanted))
    if ((await digestOf(bytes)) !== restored[name])
      faults.push(`${row.stored!.file} restores to other ${name}`);
  return faults;
}

/**
 * Restores out of the catalogue into the server itself, at which nothing else is under way.
 * @param kill in the middle of it, as by `kill -9`: then it is done, or it never was.
 */
export async function restoreInPlace(
  { row, content }: Fetched,
  subject: Subject,
  ledger: Ledger,
  kill: boolean,
): Promise<string[]> {
  const before = await digestOf((await download(subject.server, subject.token, 'logs')).bytes);
  const asked = subject.request('POST', `/api/v1/restore/logs?from=${row.id}`).catch(() => undefined);
  if (kill) {
    await pause(Math.random() * LONGEST_BEFORE_KILL_MS);
    await subject.killAndStart();
  }
  const answer = await asked;
  const live = (await download(subject.server, subject.token, 'logs')).bytes;
  const [found, wanted] = [await digestOf(live), await digestOf(content)];
  const restored = found === wanted;
  if (restored) ledger.rewind(await numbersIn(live));
  if (answer && answer.status !== 200) return [`restore from ${row.id}: ${answer.status} ${answer.text}`];
  if (answer ? restored : restored || found === before) return [];
  return [`after the restore from ${row.id} the logs are neither the old nor the new ones`];
}
