import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { RestorableName, RowCounts } from '../database/database.js';
import type { RunScope } from './run-scope.js';
import type { Proof, StoredCopy } from './stored-copy.js';

export const RUN_KINDS = ['backup', 'restore'] as const;
export type RunKind = (typeof RUN_KINDS)[number];

/**
 * What a restore does. `replace`: exactly the state of the file. `merge`: entries that are missing. `only`: single
 * definitions. `undo`: what an earlier restore replaced. `preview`: nothing.
 */
export type RestoreMode = 'replace' | 'merge' | 'only' | 'undo' | 'preview';

/**
 * How a run ended. `refused`: the server said no and nothing was changed. `aborted`: the client went away.
 * `interrupted`: the server stopped in the middle.
 */
export type RunOutcome =
  'running' | 'succeeded' | 'previewed' | 'refused' | 'failed' | 'aborted' | 'interrupted';

/** One backup or restore: who, from where, what, when, and how it ended. */
@Entity('run')
export class Run {
  @PrimaryColumn('text')
  id: string;

  @Column('text')
  kind: RunKind;

  /** `all`: every database, at one instant. */
  @Column('text')
  database: RunScope;

  /** Of a restore; backups have the first one. */
  @Column('text')
  mode: RestoreMode;

  @Column('text')
  user: string;

  @Column('text')
  address: string;

  @Column('text')
  outcome: RunOutcome;

  @Column('integer', { name: 'started_ms' })
  startedMs: number;

  @Column('integer', { name: 'finished_ms', nullable: true })
  finishedMs: number | null;

  /** Of the file. */
  @Column('integer', { nullable: true })
  bytes: number | null;

  /** Of the file, lower-case hexadecimal. */
  @Column('text', { nullable: true })
  sha256: string | null;

  /** When the state in the file was the live one, RFC 3339. */
  @Column('text', { nullable: true })
  instant: string | null;

  @Column('integer', { name: 'schema_version', nullable: true })
  schemaVersion: number | null;

  /** By what they are; of all databases by database. */
  @Column('simple-json', { name: 'row_counts', nullable: true })
  rowCounts: RowCounts | Partial<Record<RestorableName, RowCounts>> | null;

  /** The generations that a restore made, or put back. */
  @Column('simple-json', { nullable: true })
  generations: Partial<Record<RestorableName, number>> | null;

  /** Id of the restore that this one undoes. */
  @Column('text', { nullable: true })
  undoes: string | null;

  /** Id of the backup that a restore took from where the server had stored it. */
  @Column('text', { name: 'from_backup', nullable: true })
  fromBackup: string | null;

  /** Public text of what went wrong. */
  @Column('text', { nullable: true })
  error: string | null;

  /** Name of the schedule that asked for it. */
  @Column('text', { nullable: true })
  schedule: string | null;

  /** Of a backup whose file the server has put somewhere. */
  @Column('simple-json', { nullable: true })
  stored: StoredCopy | null;

  /** What came of the newest attempt to read the stored copy back. */
  @Column('simple-json', { nullable: true })
  proof: Proof | null;
}
