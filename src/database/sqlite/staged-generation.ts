import type { EntityManager } from 'typeorm';
import type {
  DatabaseName,
  Manifest,
  QuestionAnswers,
  RestorableName,
  RowCounts,
  StagedGeneration,
} from '../database.js';
import type { SqliteGeneration } from './sqlite-generation.js';

/** A generation that waits beside the live one until it is activated or discarded. */
export class SqliteStagedGeneration implements StagedGeneration {
  readonly database: RestorableName;
  readonly manifest: Manifest;
  readonly rows: RowCounts;
  answers?: QuestionAnswers;
  private settled = false;

  constructor(
    readonly generation: SqliteGeneration,
    described: { manifest: Manifest; rows: RowCounts; answers?: QuestionAnswers },
    database: DatabaseName,
    private readonly putAway: () => Promise<void>,
  ) {
    this.database = database as RestorableName;
    this.manifest = described.manifest;
    this.rows = described.rows;
    this.answers = described.answers;
  }

  get number(): number {
    return this.generation.number;
  }

  read<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.generation.read(work);
  }

  async write<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    this.answers = undefined;
    const result = await this.generation.write(work);
    // In the main file, whatever the durability of the database: the switch must not outlive what was written for it.
    await this.generation.checkpoint();
    await this.generation.file.sync();
    return result;
  }

  /** From here on the files are the live ones. */
  markActivated(): void {
    this.settled = true;
  }

  async discard(): Promise<void> {
    if (this.settled) return;
    this.settled = true;
    await this.putAway();
  }
}
