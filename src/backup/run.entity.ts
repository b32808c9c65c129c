import { Column, Entity, PrimaryColumn } from 'typeorm';

export const RUN_KINDS = ['backup', 'restore'] as const;
export type RunKind = (typeof RUN_KINDS)[number];

/**
 * How a run ended. `refused`: the server said no and nothing was changed. `aborted`: the client went away.
 * `interrupted`: the server stopped in the middle.
 */
export type RunOutcome = 'running' | 'succeeded' | 'refused' | 'failed' | 'aborted' | 'interrupted';

/** One backup or restore: who, from where, what, when, and how it ended. */
@Entity('run')
export class Run {
  @PrimaryColumn('text')
  id: string;

  @Column('text')
  kind: RunKind;

  @Column('text')
  database: string;

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

  @Column('simple-json', { name: 'row_counts', nullable: true })
  rowCounts: Record<string, number> | null;

  /** The generation that a restore made. */
  @Column('integer', { nullable: true })
  generation: number | null;

  /** Public text of what went wrong. */
  @Column('text', { nullable: true })
  error: string | null;
}
