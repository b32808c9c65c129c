import { Inject, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { AuthRestorePolicy } from '../auth/auth-restore-policy.js';
import { ConfigRestorePolicy } from '../config/config-restore-policy.js';
import type { RestorableName, StagedGeneration } from '../database/database.js';
import { Databases } from '../database/databases.js';
import { asStorageProblem } from '../database/disk-space.js';
import { FileRefusal } from '../database/portable-file/file-refusal.js';
import type { RestorePolicy } from '../database/restore-policy.js';
import { LogsRestorePolicy } from '../logs/logs-restore-policy.js';
import { UpkeepService } from '../logs/streams/upkeep.service.js';
import { invalidArgument, Problem } from '../problems.js';
import { SETTINGS, type Settings } from '../settings.js';
import { CatalogueService } from './catalogue.service.js';
import { asOwnFile } from './flowg-import/as-own-file.js';
import { clientGone } from './flowg-import/client-gone.js';
import { FlowgImportsService, type ImportAnswer } from './flowg-import/flowg-imports.service.js';
import type { Requester } from './requester.js';
import type { Run } from './run.entity.js';
import { RunningRestores } from './running-restores.js';
import { receiveUpload } from './upload/receive-upload.js';

export interface RestoreOptions {
  /** The caller has said that it is all right not to be able to come back. */
  allowLockout: boolean;
  /** Users of a foreign file get new passwords. */
  oneTimePasswords?: boolean;
}

export interface Restored {
  run: Run;
  /** Only of a file that was FlowG's. */
  imported?: ImportAnswer;
}

/**
 * A restore, step by step. All that takes long happens beside the live database; only step 6 happens on it.
 * 1. No other restore of the database is under way; a row in the catalogue.
 * 2. The upload goes to a file in the database's own folder; its header is judged as soon as it is there.
 *    A backup of FlowG's becomes one of ours before anything else (`flowg-import/`).
 * 3. The file is checked as a whole, in a process of its own.
 * 4. It becomes a generation beside the live one: migrated, opened, synced to disk.
 * 5. The module that owns the database looks at the rows; for `auth`, also at who could still get in.
 * 6. The switch: writers wait for milliseconds while one rename makes it the live generation.
 * Whatever fails before 6 leaves nothing behind but the row in the catalogue.
 */
@Injectable()
export class RestoreService {
  private readonly policies: Record<RestorableName, RestorePolicy>;

  constructor(
    private readonly databases: Databases,
    private readonly catalogue: CatalogueService,
    private readonly running: RunningRestores,
    private readonly authPolicy: AuthRestorePolicy,
    configPolicy: ConfigRestorePolicy,
    logsPolicy: LogsRestorePolicy,
    private readonly logsUpkeep: UpkeepService,
    private readonly flowgImports: FlowgImportsService,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {
    this.policies = { auth: authPolicy, config: configPolicy, logs: logsPolicy };
  }

  async restore(
    name: RestorableName,
    requester: Requester,
    options: RestoreOptions,
    request: Request,
    response: Response,
  ): Promise<Restored> {
    const run = await this.catalogue.begin('restore', name, requester);
    let imported: ImportAnswer | undefined;
    try {
      await this.running.alone(name, async () => {
        const { staged, report } = await this.receiveAndStage(name, run, request, response);
        try {
          if (report)
            imported = await this.flowgImports.settle(
              staged,
              report,
              requester.caller,
              options.oneTimePasswords ?? false,
            );
          await this.review(staged, requester, options);
          await this.catalogue.note(run, { generation: staged.number });
          await this.databases.activate([staged]);
        } finally {
          await staged.discard();
        }
      });
    } catch (error) {
      const problem = asProblem(error);
      await this.endBadly(run, problem, request);
      throw problem;
    }
    await this.catalogue.end(run, 'succeeded');
    // The backup may have been taken in the middle of a purge or of building an index: that goes on here.
    if (name === 'logs') this.logsUpkeep.resume();
    return { run, imported };
  }

  private async receiveAndStage(name: RestorableName, run: Run, request: Request, response: Response) {
    const database = this.databases.get(name);
    const file = await receiveUpload(request, response, database, {
      diskReserveBytes: this.settings.diskReserveBytes,
      idleSeconds: this.settings.transferIdleSeconds,
    });
    Object.assign(run, { bytes: file.bytes, sha256: file.sha256 });
    const own = await asOwnFile(file, database, {
      diskReserveBytes: this.settings.diskReserveBytes,
      signal: clientGone(response),
    });
    const staged = await database.stage(own.file);
    Object.assign(run, {
      instant: staged.manifest.instant,
      schemaVersion: staged.manifest.schemaVersion,
      rowCounts: staged.rows,
    });
    return { staged, report: own.imported };
  }

  private async review(
    staged: StagedGeneration,
    { caller }: Requester,
    { allowLockout }: RestoreOptions,
  ): Promise<void> {
    const policy = this.policies[staged.database];
    await policy.validate(staged);
    if (staged.database === 'auth') {
      await this.authPolicy.requireAdministrator(staged);
      if (!allowLockout) await this.authPolicy.requireWayBack(staged, caller);
    }
    await policy.prepare?.(staged);
  }

  private async endBadly(run: Run, problem: unknown, request: Request): Promise<void> {
    if (request.socket.destroyed)
      await this.catalogue.end(run, 'aborted', 'the client closed the connection');
    else if (!(problem instanceof Problem)) await this.catalogue.end(run, 'failed', 'internal error');
    else {
      const outcome = problem.code === 'INSUFFICIENT_STORAGE' ? 'failed' : 'refused';
      await this.catalogue.end(run, outcome, problem.message);
    }
  }
}

function asProblem(error: unknown): unknown {
  if (error instanceof FileRefusal) {
    return invalidArgument(
      `invalid argument: the backup is refused by the check "${error.check}": ${error.message}. Nothing was changed.`,
    );
  }
  return asStorageProblem(error);
}
