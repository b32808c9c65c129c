import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { AuthDatabase } from './auth.database.js';
import { type Caller, hasExpired } from './caller.js';
import { CallersService } from './callers.service.js';
import type { Permission } from './permissions.js';

/** How long somebody may go on after their rights have ended. */
const LOOK_MILLISECONDS = 1000;

interface Watched {
  caller: Caller;
  permission: Permission;
  lost: () => void;
}

/**
 * For answers that go on for hours: tells when a caller may not have them any more, because the token has expired or was
 * deleted, the user or a role was changed, or the database was restored.
 */
@Injectable()
export class CallerRights implements BeforeApplicationShutdown {
  private readonly log = new Logger('CallerRights');
  private readonly watched = new Set<Watched>();
  private revision?: number;
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly callers: CallersService,
    private readonly database: AuthDatabase,
  ) {}

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** @param lost is called once, when the right ends. @returns ends the watching. */
  whileAllowed(caller: Caller, permission: Permission, lost: () => void): () => void {
    const watched = { caller, permission, lost };
    this.watched.add(watched);
    // Something may have changed since the guards looked.
    this.revision = undefined;
    this.timer ??= setInterval(() => void this.look(), LOOK_MILLISECONDS).unref();
    return () => void this.watched.delete(watched);
  }

  private async look(): Promise<void> {
    const { revision } = this.database;
    const changed = revision !== this.revision;
    this.revision = revision;
    try {
      for (const watched of this.watched)
        if (hasExpired(watched.caller) || (changed && !(await this.isAllowed(watched)))) this.end(watched);
    } catch (error) {
      this.revision = undefined;
      this.log.error('rights could not be looked up', (error as Error).stack);
    }
  }

  private async isAllowed({ caller, permission }: Watched): Promise<boolean> {
    return (await this.callers.permissionsNow(caller))?.has(permission) ?? false;
  }

  private end(watched: Watched): void {
    if (this.watched.delete(watched)) watched.lost();
  }
}
