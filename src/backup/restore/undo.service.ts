import { Injectable } from '@nestjs/common';
import { CallersService } from '../../auth/callers.service.js';
import { unauthenticated } from '../../auth/unauthenticated.js';
import { Databases } from '../../database/databases.js';
import type { ReplacedState } from '../../database/generations/pointer-file.js';
import { namesOf } from '../../database/generations/replaced-states.js';
import type { SqliteStagedGeneration } from '../../database/sqlite/staged-generation.js';
import { failpoint } from '../../failpoints.js';
import { Problem } from '../../problems.js';
import { CatalogueService } from '../catalogue.service.js';
import type { Requester, RunBy } from '../requester.js';
import { mayRun } from '../run-permissions.js';
import type { Run } from '../run.entity.js';
import { factsOf } from '../run-facts.js';
import { scopeOf } from '../run-scope.js';
import { LiveSwitch } from './live-switch.js';
import { Lockout } from './lockout.js';
import { type NewerLogs, NewerLogsService } from './newer-logs.js';
import { RestoreRuns } from './restore-runs.js';

/** Under which name a restore undoes itself. */
const NOBODY: RunBy = { user: '', address: '' };

/**
 * Puts back what a restore has replaced: the generation that was live before it is named again, by the same switch. The
 * state that goes is kept in its turn, so that an undo can be undone.
 */
@Injectable()
export class UndoService {
  constructor(
    private readonly databases: Databases,
    private readonly catalogue: CatalogueService,
    private readonly runs: RestoreRuns,
    private readonly lockout: Lockout,
    private readonly callers: CallersService,
    private readonly newerLogs: NewerLogsService,
    private readonly liveSwitch: LiveSwitch,
  ) {}

  /**
   * @param keepNewer logs that were acknowledged since the restore stay.
   * @throws Problem NOT_FOUND when the caller may not see the restore, CONFLICT when it cannot be undone, or when the
   *   caller could not come back afterwards and has not said that this is all right.
   */
  async undo(
    id: string,
    requester: Requester,
    { allowLockout, keepNewer }: { allowLockout: boolean; keepNewer: boolean },
  ): Promise<Run> {
    const undone = await this.permitted(id, requester);
    return this.putBack(undone, requester, { keepNewer }, (staged) =>
      this.lockout.refuse(staged, requester.caller, allowLockout),
    );
  }

  /**
   * From now on the restore stands.
   * @throws Problem NOT_FOUND, CONFLICT when it does not wait for a confirmation, UNAUTHENTICATED when the credential is
   *   not valid in what was restored.
   */
  async confirm(id: string, requester: Requester): Promise<Run> {
    const run = await this.permitted(id, requester);
    // The guards may have looked just before the switch.
    const permissions = await this.callers.permissionsNow(requester.caller);
    if (!permissions) throw unauthenticated('your credential is not valid after the restore');
    if (!mayRun('restore', run.database, { permissions }))
      throw new Problem('PERMISSION_DENIED', 'permission denied: after the restore you may not confirm it');
    await this.databases.generations.confirm(id);
    this.catalogue.tell(run, `confirmed by ${JSON.stringify(requester.user)} from ${requester.address}`);
    return run;
  }

  /**
   * Undoes a restore that was not confirmed in time. Nobody has asked for losing what came in since, so logs stay.
   * @throws Problem CONFLICT when somebody undoes it at this moment.
   */
  async undoUnconfirmed({ restore, made, replacedMs }: ReplacedState): Promise<void> {
    // The catalogue may have forgotten it: the pointer decides.
    const known = await this.catalogue.find('restore', restore);
    const undone = known ?? {
      id: restore,
      database: scopeOf(namesOf(made)),
      instant: new Date(replacedMs).toISOString(),
    };
    await this.putBack(undone, NOBODY, { onlyUnconfirmed: true, keepNewer: true });
  }

  private permitted(id: string, { caller }: Requester): Promise<Run> {
    return this.catalogue.get('restore', id, caller);
  }

  private putBack(
    undone: Pick<Run, 'id' | 'database' | 'instant'>,
    by: RunBy,
    { keepNewer, onlyUnconfirmed }: { keepNewer: boolean; onlyUnconfirmed?: boolean },
    review?: (staged: SqliteStagedGeneration[]) => Promise<void>,
  ): Promise<Run> {
    return this.runs.carryOut(undone.database, by, { mode: 'undo', undoes: undone.id }, async (run) => {
      const staged = await this.databases.generations.reopen(undone.id);
      let newer: NewerLogs | undefined;
      try {
        Object.assign(run, factsOf(staged.map(({ manifest }) => manifest)));
        await failpoint('undo.reopened');
        await review?.(staged);
        // Of the time of the backup, not of the switch: a log that waited for it has an earlier time.
        if (keepNewer) newer = await this.newerLogs.begin(staged, Date.parse(undone.instant!));
        const beforeSwitch = async () => void (await newer?.finish());
        await this.liveSwitch.make(run, staged, { undoes: undone.id, onlyUnconfirmed, beforeSwitch });
      } finally {
        newer?.release();
        for (const one of staged) await one.discard();
      }
    });
  }
}
