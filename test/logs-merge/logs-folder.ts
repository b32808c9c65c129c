import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StagedGeneration } from '#src/database/database.js';
import { Databases } from '#src/database/databases.js';
import type { SqliteDatabase } from '#src/database/sqlite/sqlite-database.js';
import type { SqliteStagedGeneration } from '#src/database/sqlite/staged-generation.js';
import { EntriesStore, type NewEntry } from '#src/logs/entries/entries.store.js';
import type { Fields } from '#src/logs/record.js';
import { logsSchema } from '#src/logs/logs.schema.js';
import { LogsRestorePolicy } from '#src/logs/logs-restore-policy.js';
import { StreamsStore } from '#src/logs/streams/streams.store.js';
import { bytesOf, incoming } from '../support/toy-database.js';

/** A logs database in a real folder, without a server on it. */
export interface LogsFolder {
  directory: string;
  databases: Databases;
  logs: SqliteDatabase;
  entries: EntriesStore;
  streams: StreamsStore;
  /** What was staged beside it, to be discarded in the end. */
  staged: StagedGeneration[];
  close(): Promise<void>;
}

export async function openLogs(directory?: string): Promise<LogsFolder> {
  const dataDir = directory ?? (await mkdtemp(join(tmpdir(), 'flowg-merge-')));
  const folders = Object.fromEntries(
    ['auth', 'config', 'logs', 'backup'].map((name) => [name, join(dataDir, name)]),
  ) as Record<'auth' | 'config' | 'logs' | 'backup', string>;
  const limits = { walBudgetBytes: 64 * 1024 * 1024, diskReserveBytes: 0, undoCount: 0, undoMilliseconds: 0 };
  const databases = await Databases.create(dataDir, folders, limits);
  const logs = await databases.open({
    ...logsSchema,
    name: 'logs',
    directory: folders.logs,
    durability: 'normal',
  });
  const staged: StagedGeneration[] = [];
  const close = async () => {
    for (const one of staged) await one.discard();
    await databases.onApplicationShutdown();
    if (directory === undefined) await rm(dataDir, { recursive: true });
  };
  return {
    directory: dataDir,
    databases,
    logs,
    entries: new EntriesStore(logs),
    streams: new StreamsStore(logs),
    staged,
    close,
  };
}

export interface Line {
  stream: string;
  timestampMs: number;
  subNs?: number;
  record: Fields;
}

export async function store(folder: LogsFolder, lines: Line[]): Promise<void> {
  const entries: NewEntry[] = lines.map(({ stream, timestampMs, subNs = 0, record }) => ({
    stream,
    instant: { timestampMs, subNs },
    record,
    fields: JSON.stringify(record),
  }));
  await folder.entries.append(entries, []);
}

/** A backup of one folder, staged beside the live database of another, or of the same. */
export async function stageBackup(from: LogsFolder, into: LogsFolder): Promise<SqliteStagedGeneration> {
  const bytes = await bytesOf(await from.logs.snapshot());
  const staged = await into.logs.stage(await incoming(into.logs, bytes));
  into.staged.push(staged);
  return staged;
}

type Readable = Pick<StagedGeneration, 'read'>;

/** Lines that a query shows, as text, sorted: two lists are equal when the same is there as often. */
export async function visible(database: Readable, nowMs = Date.now()): Promise<string[]> {
  const rows = await database.read((manager) =>
    manager.query<{ line: string }[]>(
      `SELECT json_array(name, timestamp_ms, sub_ns, fields) AS line FROM stream JOIN entry ON stream_id = stream.id
       WHERE name IS NOT NULL AND (expires_ms IS NULL OR expires_ms > ?)
         AND (floor_ms IS NULL OR (timestamp_ms, entry.id) > (floor_ms, floor_id))`,
      [nowMs],
    ),
  );
  return rows.map(({ line }) => line).toSorted();
}

/** @returns what the rules for a restore say against a database; undefined when it is sound. */
export function refusalOf(database: Readable): Promise<string | undefined> {
  return new LogsRestorePolicy().validate(database as StagedGeneration).then(
    () => undefined,
    (error: Error) => error.message,
  );
}

/** Everything in `a` as often as it is, and in `b`: of the same line as many as the one has that has more. */
export function union(a: string[], b: string[]): string[] {
  const missing = lacking(a, b);
  return [...a, ...missing].toSorted();
}

/** What `b` has more than `a`. */
export function lacking(a: string[], b: string[]): string[] {
  const left = new Map<string, number>();
  for (const line of a) left.set(line, (left.get(line) ?? 0) + 1);
  return b.filter((line) => {
    const copies = left.get(line) ?? 0;
    left.set(line, copies - 1);
    return copies <= 0;
  });
}
