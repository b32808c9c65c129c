import { setTimeout as sleep } from 'node:timers/promises';
import type { HeldGeneration, Snapshot } from '../database.js';
import { manifestBy } from '../portable-file/manifest-table.js';
import type { SqliteConnection } from './sqlite-connection.js';
import type { SqliteGeneration } from './sqlite-generation.js';
import type { Pin } from './sqlite-snapshot.js';

/** How long, within one try, writers may be kept waiting for readers to finish. */
const READERS_PATIENCE_MILLISECONDS = 10;

export interface PinSource {
  /** Still the generation behind the door? */
  isLive(): boolean;
  /** Into the database, where the pinned connection finds it. */
  writeManifest(instant: Date): Promise<void>;
  /** Of a main file that is frozen. */
  streamed(pin: Pin): Promise<Snapshot>;
  /** Of one that is not: copied out. */
  copied(pin: Pin): Promise<Snapshot>;
}

/** A connection that is ready to pin a generation: whatever can be done beforehand is, so that writers wait for less. */
export class PreparedPin {
  private state: 'prepared' | 'pinned' | 'gone' = 'prepared';
  private frozen = false;

  private constructor(
    private readonly generation: SqliteGeneration,
    private readonly held: HeldGeneration,
    private readonly connection: SqliteConnection,
    private readonly source: PinSource,
  ) {}

  static async prepare(generation: SqliteGeneration, source: PinSource): Promise<PreparedPin> {
    const held = generation.hold();
    try {
      const connection = await generation.openPin();
      await generation.moveLog().catch(() => undefined);
      return new PreparedPin(generation, held, connection, source);
    } catch (error) {
      held.release();
      throw error;
    }
  }

  /**
   * The caller holds the writes of the database.
   * @param anyhow also when the reader would not stand at mark 0.
   * @returns false when nothing was pinned.
   */
  async take(instant: Date, anyhow: boolean): Promise<boolean> {
    if (!this.source.isLive()) return false;
    await this.source.writeManifest(instant);
    const empty = await this.emptyWal();
    if (!empty && !anyhow) return false;
    await this.generation.pin(this.connection);
    this.state = 'pinned';
    this.frozen = empty && (await this.generation.walBytes()) === 0;
    return true;
  }

  /** Takes over what was pinned. */
  async snapshot(): Promise<Snapshot> {
    const manifest = await manifestBy((sql) => this.connection.all(sql));
    this.state = 'gone';
    this.held.release();
    const pin = { generation: this.generation, connection: this.connection, manifest };
    return this.frozen ? this.source.streamed(pin) : this.source.copied(pin);
  }

  /** Lets go of what no snapshot has taken over. */
  async giveUp(): Promise<void> {
    const { state } = this;
    this.state = 'gone';
    if (state === 'pinned') await this.generation.unpin(this.connection);
    if (state === 'prepared') await this.connection.close();
    this.held.release();
  }

  private async emptyWal(): Promise<boolean> {
    const patience = Date.now() + READERS_PATIENCE_MILLISECONDS;
    while (!(await this.generation.checkpoint())) {
      if (this.generation.pinnedSnapshots > 0 || Date.now() > patience) return false;
      await sleep(1);
    }
    return true;
  }
}
