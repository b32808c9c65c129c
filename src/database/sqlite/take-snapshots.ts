import { setTimeout as sleep } from 'node:timers/promises';
import type { Snapshot } from '../database.js';
import type { PreparedPin } from './prepared-pin.js';
import type { SqliteDatabase } from './sqlite-database.js';

/** How often, and how far apart, readers are tried to be got to mark 0 before a copy is settled for. */
const PIN_TRIES = 4;
const PIN_TRY_GAP_MILLISECONDS = 100;

/**
 * One instant of all of these databases:
 * 1. Move what can be moved of the write-ahead logs into the main files, while everybody writes.
 * 2. Under their write queues, held together: write the manifests, move the rest, pin readers.
 * 3. Where a log is then empty the reader stands at mark 0 and the main file is frozen: it is streamed as it lies.
 * 4. If an older reader is in the way, let writers go on, wait a moment, try again.
 * 5. At last pin whatever there is, and copy out through the pinned reader what is not frozen.
 * @returns snapshots in the order of the databases.
 */
export async function takeSnapshots(databases: SqliteDatabase[]): Promise<Snapshot[]> {
  for (let attempt = 1; ; attempt++) {
    const snapshots = await tryToTake(databases, attempt >= PIN_TRIES);
    if (snapshots) return snapshots;
    await sleep(PIN_TRY_GAP_MILLISECONDS);
  }
}

async function tryToTake(databases: SqliteDatabase[], anyhow: boolean): Promise<Snapshot[] | undefined> {
  const prepared: PreparedPin[] = [];
  try {
    for (const database of databases) prepared.push(await database.preparePin());
    const pinned = await holdingWrites(databases, async () => {
      const instant = new Date();
      for (const pin of prepared) if (!(await pin.take(instant, anyhow))) return false;
      return true;
    });
    if (!pinned) return undefined;
    const snapshots: Snapshot[] = [];
    try {
      for (const pin of prepared) snapshots.push(await pin.snapshot());
    } catch (error) {
      await Promise.all(snapshots.map((snapshot) => snapshot.release()));
      throw error;
    }
    return snapshots;
  } finally {
    await Promise.all(prepared.map((pin) => pin.giveUp()));
  }
}

/** Runs `task` while nothing writes to any of the databases. In one order everywhere, so that nobody waits for each other. */
export function holdingWrites<T>(databases: SqliteDatabase[], task: () => Promise<T>): Promise<T> {
  return databases
    .toSorted((a, b) => a.name.localeCompare(b.name))
    .reduceRight<() => Promise<T>>((inner, database) => () => database.holdWrites(inner), task)();
}
