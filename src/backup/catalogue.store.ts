import { Injectable } from '@nestjs/common';
import { In, IsNull, Raw } from 'typeorm';
import { BackupDatabase } from './backup.database.js';
import type { RunScope } from './run-scope.js';
import { Run, type RunKind } from './run.entity.js';
import type { Proof } from './stored-copy.js';

@Injectable()
export class CatalogueStore {
  constructor(private readonly database: BackupDatabase) {}

  insert(run: Run): Promise<void> {
    return this.database.write(async (manager) => void (await manager.insert(Run, run)));
  }

  update(id: string, changes: Partial<Run>): Promise<void> {
    return this.database.write(async (manager) => void (await manager.update(Run, { id }, changes)));
  }

  find(kind: RunKind, id: string): Promise<Run | null> {
    return this.database.read((manager) => manager.findOneBy(Run, { kind, id }));
  }

  /** Newest first. */
  list(kind: RunKind, scopes: RunScope[], limit: number): Promise<Run[]> {
    return this.database.read((manager) =>
      manager.find(Run, {
        where: { kind, database: In(scopes) },
        order: { startedMs: 'DESC', id: 'DESC' },
        take: limit,
      }),
    );
  }

  /** The successful undo of each of these restores that has been undone. */
  undosOf(ids: string[]): Promise<Run[]> {
    return this.database.read((manager) => manager.findBy(Run, { undoes: In(ids), outcome: 'succeeded' }));
  }

  running(): Promise<Run[]> {
    return this.database.read((manager) => manager.findBy(Run, { outcome: 'running' }));
  }

  newestSuccess(kind: RunKind, database: RunScope): Promise<Run | null> {
    return this.database.read((manager) =>
      manager.findOne(Run, {
        where: { kind, database, outcome: 'succeeded' },
        order: { finishedMs: 'DESC' },
      }),
    );
  }

  /** @param only those that succeeded, or those that are proven. */
  newestOfSchedule(schedule: string, database: RunScope, only?: 'succeeded' | 'proven'): Promise<Run | null> {
    const outcome = only && ('succeeded' as const);
    const proof = only === 'proven' ? Raw((column) => `${column} ->> 'outcome' = 'proven'`) : undefined;
    return this.database.read((manager) =>
      manager.findOne(Run, {
        where: { kind: 'backup', schedule, database, outcome, proof },
        order: { startedMs: 'DESC', id: 'DESC' },
      }),
    );
  }

  /** Those whose stored copies have not been removed. */
  storedOfSchedule(schedule: string, database: RunScope): Promise<Run[]> {
    const stored = Raw((column) => `${column} IS NOT NULL AND ${column} ->> 'removedMs' IS NULL`);
    return this.database.read((manager) =>
      manager.findBy(Run, { kind: 'backup', schedule, database, outcome: 'succeeded', stored }),
    );
  }

  /** Those that ended badly, newest first. */
  unfinishedOfSchedule(schedule: string, database: RunScope, limit: number): Promise<Run[]> {
    return this.database.read((manager) =>
      manager.find(Run, {
        where: {
          kind: 'backup',
          schedule,
          database,
          outcome: In(['failed', 'interrupted']),
          stored: IsNull(),
        },
        order: { startedMs: 'DESC', id: 'DESC' },
        take: limit,
      }),
    );
  }

  /** The newest one in which a backup was opened and found right. */
  async newestProof(database: RunScope): Promise<Proof | undefined> {
    const [row] = await this.database.read((manager) =>
      manager.query<{ proof: string }[]>(
        `SELECT proof FROM run
         WHERE kind = 'backup' AND database = ? AND proof ->> 'outcome' = 'proven' AND proof ->> 'reach' = 'content'
         ORDER BY proof ->> 'endedMs' DESC LIMIT 1`,
        [database],
      ),
    );
    return row && (JSON.parse(row.proof) as Proof);
  }

  /**
   * Forgets all but the newest, and those whose files still lie in a destination. Refused runs have a share of their own:
   * somebody who is refused again and again cannot push the history out.
   */
  prune(kind: RunKind, mostRefused: number, mostOthers: number): Promise<void> {
    return this.database.write(async (manager) => {
      for (const [test, most] of [['=', mostRefused] as const, ['<>', mostOthers] as const]) {
        await manager.query(
          `DELETE FROM run WHERE kind = ? AND outcome ${test} 'refused'
             AND (stored IS NULL OR stored ->> 'removedMs' IS NOT NULL) AND id NOT IN (
             SELECT id FROM run WHERE kind = ? AND outcome ${test} 'refused'
             ORDER BY started_ms DESC, id DESC LIMIT ?)`,
          [kind, kind, most],
        );
      }
    });
  }
}
