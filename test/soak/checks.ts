import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { residentBytes, sha256 } from '../support/backup-client.js';
import { openDescriptors } from '../support/descriptors.js';
import { strayFiles } from '../support/live-state.js';
import { metricValue } from '../support/metrics.js';
import type { BackupAnswer } from '../schedules/scheduled-server.js';
import { lies, type Schedules } from './schedules.js';
import type { Store } from './stores.js';
import type { Subject } from './subject.js';

const RECEIPT = '.receipt.json';
const MOST_RESIDENT_BYTES = 1024 ** 3;
/** Sockets of clients come and go. */
const SPARE_DESCRIPTORS = 12;

/** What lies in the destinations is what retention keeps, and what the catalogue says; nothing else lies there. */
export async function retentionFaults(
  schedules: Schedules,
  stores: Record<string, Store>,
): Promise<string[]> {
  const rows = await schedules.rows();
  const faults = rows.filter(({ outcome }) => outcome === 'running').map(({ id }) => `${id} still runs`);
  for (const { name, keep } of schedules.all) {
    const kept = rows.filter((row) => row.schedule === name && lies(row));
    const good = rows.filter((row) => row.schedule === name && row.stored && isGood(row)).slice(0, keep.last);
    if (
      kept
        .filter(isGood)
        .map(({ id }) => id)
        .join() !== good.map(({ id }) => id).join()
    )
      faults.push(`${name} keeps ${describe(kept)} instead of the newest ${keep.last}`);
  }
  for (const [destination, store] of Object.entries(stores)) {
    const files = rows.flatMap(({ stored }) =>
      stored?.destination === destination && stored.removed_at === null ? [stored.file] : [],
    );
    const names = await store.names();
    const unknown = names.filter((name) => !files.includes(name.replace(RECEIPT, '')));
    const missing = files.filter((file) => !names.includes(file));
    if (unknown.length > 0) faults.push(`${destination} has files that nobody knows: ${unknown.join(', ')}`);
    if (missing.length > 0) faults.push(`${destination} lacks files: ${missing.join(', ')}`);
  }
  return faults;
}

/** A stored file is what the catalogue says, byte for byte. @param content what is inside of it. */
export function contentFaults(row: BackupAnswer, bytes: Buffer, content: Buffer): string[] {
  const faults: string[] = [];
  if (sha256(bytes) !== row.stored!.sha256 || bytes.length !== row.stored!.bytes)
    faults.push(`${row.stored!.file} is not what the catalogue says`);
  if (sha256(content) !== row.sha256)
    faults.push(`what is in ${row.stored!.file} is not what the catalogue says`);
  if (row.proof?.outcome !== 'proven')
    faults.push(`${row.stored!.file} is not proven: ${row.proof?.error ?? 'nobody has tried'}`);
  return faults;
}

/** Descriptors, memory, temporary files and pinned snapshots of a server at which nothing is under way. */
export class Leaks {
  mostResidentBytes = 0;
  private firstDescriptors?: number;

  constructor(private readonly temporary: string) {}

  async faultsOf({ server }: Subject): Promise<string[]> {
    const faults = (await strayFiles(server.dataDir)).map((path) => `left behind: ${path}`);
    for (const name of await readdir(this.temporary))
      faults.push(`left behind: ${join(this.temporary, name)}`);
    const descriptors = await openDescriptors(server.pid);
    this.firstDescriptors ??= descriptors;
    if (descriptors > this.firstDescriptors + SPARE_DESCRIPTORS)
      faults.push(`${descriptors} descriptors are open, ${this.firstDescriptors} were at first`);
    const resident = await residentBytes(server.pid);
    this.mostResidentBytes = Math.max(this.mostResidentBytes, resident);
    if (resident > MOST_RESIDENT_BYTES) faults.push(`${resident} bytes of memory`);
    const metrics = await (await fetch(`${server.managementUrl}/metrics`)).text();
    for (const database of ['auth', 'config', 'logs'])
      if (metricValue(metrics, 'flowg_database_pinned_snapshots', { database }))
        faults.push(`a snapshot of ${database} is still pinned`);
    return faults;
  }
}

const isGood = (row: BackupAnswer) => row.outcome === 'succeeded' && row.proof?.outcome !== 'failed';

function describe(rows: BackupAnswer[]): string {
  return `[${rows.map(({ stored, outcome }) => `${stored!.file} ${outcome}`).join(', ')}]`;
}
