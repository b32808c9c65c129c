import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Databases } from '../../database/databases.js';
import { freeBytes } from '../../database/disk-space.js';
import { Problem } from '../../problems.js';
import { SETTINGS, type Settings } from '../../settings.js';
import { CatalogueService } from '../catalogue.service.js';
import { UndoService } from './undo.service.js';

const CONFIRMATIONS_MILLISECONDS = 500;
const RETENTION_MILLISECONDS = 30_000;
/** After an undo that failed (a full disk), before it is tried again. */
const PATIENCE_MILLISECONDS = 30_000;

/**
 * What becomes of restores when nobody does anything: those that were not confirmed in time are undone, also when the server
 * was down at that moment, and what was replaced is given up when it is too old or its room is needed.
 */
@Injectable()
export class UnattendedRestores implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger('Backup');
  private timers: NodeJS.Timeout[] = [];
  private looking: Promise<void> = Promise.resolve();
  private busy = false;
  private patientUntilMs = 0;

  constructor(
    private readonly databases: Databases,
    private readonly catalogue: CatalogueService,
    private readonly undos: UndoService,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Before the first request: a restore that was to be confirmed by now does not count any more. */
  async onApplicationBootstrap(): Promise<void> {
    await this.catalogue.settle();
    await this.attempt(() => this.undoOverdue());
    await this.attempt(() => this.retain());
    this.timers = [
      setInterval(() => this.look(() => this.undoOverdue()), CONFIRMATIONS_MILLISECONDS).unref(),
      setInterval(() => this.look(() => this.retain()), RETENTION_MILLISECONDS).unref(),
    ];
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    await this.looking;
  }

  private look(task: () => Promise<void>): void {
    if (this.busy) return;
    this.busy = true;
    this.looking = this.attempt(task).finally(() => (this.busy = false));
  }

  private async attempt(task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      this.log.error('looking after restores failed and is tried again', (error as Error).stack);
    }
  }

  private async undoOverdue(): Promise<void> {
    if (Date.now() < this.patientUntilMs) return;
    for (const state of this.databases.generations.replaced) {
      if (state.confirmByMs === undefined || state.confirmByMs > Date.now()) continue;
      this.log.warn(`restore ${state.restore} was not confirmed in time and is undone`);
      await this.undos.undoUnconfirmed(state).catch((error: unknown) => {
        this.patientUntilMs = Date.now() + PATIENCE_MILLISECONDS;
        // Somebody undoes it in this very moment; if they fail, it is our turn again.
        if (!(error instanceof Problem) || error.code !== 'CONFLICT') throw error;
      });
    }
  }

  private async retain(): Promise<void> {
    const { generations } = this.databases;
    await generations.prune();
    if (await this.isShortOfRoom()) await generations.forgetAll();
  }

  private async isShortOfRoom(): Promise<boolean> {
    const free = await Promise.all(
      Object.values(this.settings.databaseDirs).map((folder) => freeBytes(folder)),
    );
    return Math.min(...free) < this.settings.diskReserveBytes;
  }
}
