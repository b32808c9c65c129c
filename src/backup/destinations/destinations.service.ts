import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { realpath } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { notFound, type Problem } from '../../problems.js';
import { SETTINGS, type Settings, SettingsError } from '../../settings.js';
import type { Destination } from './destination.js';
import { countWritten } from './destination-metrics.js';
import { type DestinationSettings, liesWithin } from './destination-settings.js';
import { FolderDestination } from './folder/folder.destination.js';
import { S3Destination } from './s3/s3.destination.js';

/** How long a start waits for a file system to say what a path is. */
const MOST_MILLISECONDS = 5_000;

/** The destinations that the settings name. */
@Injectable()
export class Destinations implements OnModuleInit, OnApplicationBootstrap {
  private readonly log = new Logger('Destinations');
  private readonly byName: ReadonlyMap<string, Destination>;

  constructor(@Inject(SETTINGS) private readonly settings: Settings) {
    const entries = Object.entries(settings.backupDestinations);
    this.byName = new Map(entries.map(([name, one]) => [name, this.make(name, one)]));
    for (const name of this.byName.keys()) countWritten(name, 0);
  }

  /** @throws SettingsError for a folder in which the databases themselves lie. */
  async onModuleInit(): Promise<void> {
    const taken = await Promise.all(Object.values(this.settings.databaseDirs).map(realPath));
    const dataDir = await realPath(this.settings.dataDir);
    for (const [name, one] of Object.entries(this.settings.backupDestinations)) {
      if (one.type !== 'folder') continue;
      const folder = await realPath(one.path);
      if (folder === dataDir || taken.some((directory) => liesWithin(folder, directory)))
        throw new SettingsError(
          `FLOWG_BACKUP_DESTINATIONS is not valid: the folder of "${name}" is one in which the server keeps its ` +
            'databases: expected another one, best on another disk',
        );
    }
  }

  /** What is not mounted yet may come: the server starts, and says so. */
  async onApplicationBootstrap(): Promise<void> {
    for (const destination of this.byName.values()) {
      if (!(destination instanceof FolderDestination)) continue;
      await destination.look().catch((error: Error) => this.log.warn(error.message));
    }
  }

  /** @throws Problem NOT_FOUND. */
  get(name: string): Destination {
    const found = this.byName.get(name);
    if (!found) throw noDestination(name);
    return found;
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  /** By name. */
  all(): Destination[] {
    return [...this.byName.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  private make(name: string, settings: DestinationSettings): Destination {
    const { transferIdleSeconds: idleSeconds, diskReserveBytes: reserveBytes } = this.settings;
    return settings.type === 'folder'
      ? new FolderDestination(name, settings.path, { idleSeconds, reserveBytes })
      : new S3Destination(name, settings, idleSeconds);
  }
}

export function noDestination(name: string): Problem {
  return notFound(
    `not found: there is no destination ${JSON.stringify(name)}; GET /api/v1/backup-destinations lists them`,
  );
}

/** Of what is not there, or does not answer, the path itself. */
function realPath(path: string): Promise<string> {
  return Promise.race([realpath(path), wait(MOST_MILLISECONDS, path, { ref: false })]).catch(() => path);
}
