import type { Readable } from 'node:stream';
import type { EntityManager } from 'typeorm';

/** The four databases. `backup` is the server's own catalogue and is never restored itself. */
export const DATABASE_NAMES = ['auth', 'config', 'logs', 'backup'] as const;
export type DatabaseName = (typeof DATABASE_NAMES)[number];

/** The databases a user backs up and restores. */
export const RESTORABLE_NAMES = ['auth', 'config', 'logs'] as const;
export type RestorableName = (typeof RESTORABLE_NAMES)[number];

/** Number of rows by what they are (`users`, `entries`), as the manifest of a backup tells them. */
export type RowCounts = Record<string, number>;

/** By the SQL of a question, the rows that answer it. */
export type QuestionAnswers = Record<string, unknown[]>;

/** What a portable file says of itself, in its `manifest` table. */
export interface Manifest {
  database: DatabaseName;
  schemaVersion: number;
  /** The instant of the snapshot, RFC 3339 in UTC. */
  instant: string;
  serverVersion: string;
  engine: string;
  rows: RowCounts;
}

/** A pinned instant of a database, readable as a portable file for as long as it is not released. */
export interface Snapshot {
  readonly manifest: Manifest;
  /** Bytes of the whole file, known before the first one is read. */
  readonly size: number;
  /** `live`: streamed from the live file as it lies. `copy`: a copy had to be made first. */
  readonly method: 'live' | 'copy';
  /** The file's bytes, once. */
  stream(): Readable;
  /** Lets go of the instant and of any temporary file. Safe to call more than once. */
  release(): Promise<void>;
}

/** A file that arrived whole in the database's own folder. */
export interface PortableFile {
  path: string;
  bytes: number;
  /** SHA-256 of the bytes, lower-case hexadecimal. */
  sha256: string;
}

/** A complete database beside the live one: checked, migrated, synced to disk, open for reading. */
export interface StagedGeneration {
  readonly database: RestorableName;
  readonly number: number;
  /** What the file said before migration. */
  readonly manifest: Manifest;
  /** Rows counted in the file, equal to the manifest's. */
  readonly rows: RowCounts;
  /**
   * What the check of the file has found of what `DatabaseSchema.questions` asks, until something is written. Use
   * `answerTo`.
   */
  answers?: QuestionAnswers;
  read<T>(work: (manager: EntityManager) => Promise<T>): Promise<T>;
  /** One transaction, durable when it resolves: for what must not come back as it was saved. */
  write<T>(work: (manager: EntityManager) => Promise<T>): Promise<T>;
  /** Removes it. Does nothing once it is live. */
  discard(): Promise<void>;
}

/**
 * The one door to a database. Services get theirs injected by its own class (`AuthDatabase`, `LogsDatabase` …).
 * A restore exchanges what is behind the door, so nothing outside `database/` keeps a connection or a repository.
 */
export abstract class Database {
  abstract readonly name: DatabaseName;

  /**
   * Another number after each commit and each restore, never the same twice while the process runs. What was derived
   * from rows stays true for as long as the number that was asked for *before* they were read is still this one.
   */
  abstract readonly revision: number;

  /** A consistent view of committed rows for the duration of `work`, which never waits for writers. Keep it short. */
  abstract read<T>(work: (manager: EntityManager) => Promise<T>): Promise<T>;

  /**
   * One transaction, all or nothing, alone: writes queue behind each other and behind the switch of a restore.
   * Resolves when the rows are on disk. Use `insert`, `update`, `upsert`, `delete` and queries inside, not `save`.
   * @param work gets the revision that there is once it has been committed.
   * @throws Problem INSUFFICIENT_STORAGE when the disk is full, whatever `work` throws otherwise.
   */
  abstract write<T>(work: (manager: EntityManager, next: number) => Promise<T>): Promise<T>;

  /**
   * A write whose statements are known before it begins: one trip to the engine instead of several.
   * @param script is asked when its turn has come, with the revision that there is and the one that will be. It gives
   * SQL without `BEGIN` and `COMMIT`, the values in it written by `sqlText`; or undefined, and then nothing is done.
   * @returns whether there was a script.
   * @throws Problem INSUFFICIENT_STORAGE when the disk is full, Error when a statement fails.
   */
  abstract writeScript(script: (revision: number, next: number) => string | undefined): Promise<boolean>;

  /**
   * As `writeScript`, for work that nobody waits for: it comes when no other write is there, or soon. Its SQL makes nothing
   * untrue of what may be remembered by the revision, which stays as it is.
   */
  abstract writeUnseen(script: () => string): Promise<void>;

  /** A series of reads that all see the same generation, however long it takes and whatever is restored meanwhile. */
  abstract hold(): Promise<HeldGeneration>;

  /** Pins this instant. @throws Problem INSUFFICIENT_STORAGE when a copy is needed and does not fit the disk. */
  abstract snapshot(): Promise<Snapshot>;
}

/** A generation that stays readable until it is released, also after a restore has replaced it. */
export interface HeldGeneration {
  read<T>(work: (manager: EntityManager) => Promise<T>): Promise<T>;
  release(): void;
}
