import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { Request, Response } from 'express';
import { addAbortSignal } from 'node:stream';
import type { Caller } from '../../auth/caller.js';
import { asStorageProblem, requireSpace } from '../../database/disk-space.js';
import { refuseRestOfBody } from '../../http/request-body.js';
import { Problem } from '../../problems.js';
import { SETTINGS, type Settings } from '../../settings.js';
import type { Requester } from '../requester.js';
import { mayBackUpSomething, mayRun } from '../run-permissions.js';
import { receiveUpload, requireMultipart } from '../upload/receive-upload.js';
import type { UploadReceiver } from '../upload/upload-receiver.js';
import { Candidate, type Place } from './candidate.js';
import { type AllOfflineChecks, offlineChecks } from './offline-checks.js';
import { verifyCandidate } from './verify-candidate.js';
import type { VerifyReport } from './verify-report.js';
import { clearWorkshops, inWorkshop } from './workshop.js';

/** Each takes disk, and a process for the check. */
const MOST_AT_A_TIME = 2;
const RETRY_SECONDS = 10;

/**
 * A check of an upload without a restore:
 * 1. Whoever may back up no database at all is refused before a byte of the body.
 * 2. The first bytes tell what it is: the caller must be allowed to back that up, and a copy must fit.
 * 3. The copy goes through the checks of a restore, and is gone afterwards.
 */
@Injectable()
export class VerifyService implements OnModuleInit {
  private readonly log = new Logger('Backup');
  private checks?: AllOfflineChecks;
  private running = 0;

  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  /** Before anything begins that would have a workshop of its own. */
  onModuleInit(): Promise<void> {
    return clearWorkshops(this.settings.dataDir);
  }

  /** @throws Problem for a bad form, somebody who may not, a full disk; a bad file is a report. */
  async verify(requester: Requester, request: Request, response: Response): Promise<VerifyReport> {
    requireMultipart(request);
    if (!mayBackUpSomething(requester.caller)) throw denied();
    if (this.running >= MOST_AT_A_TIME) throw busy();
    this.running++;
    try {
      const report = await inWorkshop(this.settings.dataDir, (folder) =>
        this.verifyIn(folder, requester.caller, request, response),
      );
      this.tell(report, requester);
      return report;
    } catch (error) {
      throw asStorageProblem(error);
    } finally {
      this.running--;
    }
  }

  private async verifyIn(
    folder: string,
    caller: Caller,
    request: Request,
    response: Response,
  ): Promise<VerifyReport> {
    this.checks ??= await offlineChecks();
    const candidate = new Candidate(this.checks, this.placeFor(caller, folder));
    const report = await verifyCandidate(candidate, this.checks, () =>
      receiveUpload(request, response, receiverOf(candidate), this.settings.transferIdleSeconds),
    );
    // A bad file may be known for one long before all of it has come.
    refuseRestOfBody(request, response);
    return report;
  }

  private placeFor(caller: Caller, folder: string): Place {
    return {
      folder,
      permit: (names) => {
        if (!names.every((name) => mayRun('backup', name, caller))) throw denied();
      },
      makeRoom: (bytes) => requireSpace(folder, bytes, this.settings.diskReserveBytes),
    };
  }

  private tell({ kind, restorable, failed }: VerifyReport, { caller, address }: Requester): void {
    const outcome = restorable ? 'restorable' : `refused by the check "${failed!.check}"`;
    this.log.log(
      `check of ${kind ?? 'no backup'} by ${JSON.stringify(caller.user)} from ${address}: ${outcome}`,
    );
  }
}

function receiverOf(candidate: Candidate): UploadReceiver<Candidate> {
  return {
    receive: async (stream, signal) => {
      await candidate.receive(addAbortSignal(signal, stream));
      return candidate;
    },
    // The folder goes as a whole.
    remove: () => Promise.resolve(),
  };
}

function denied(): Problem {
  return new Problem('PERMISSION_DENIED', 'permission denied');
}

function busy(): Problem {
  return new Problem(
    'UNAVAILABLE',
    `${MOST_AT_A_TIME} checks of backups are running: try again in ${RETRY_SECONDS} seconds`,
    { retryAfterSeconds: RETRY_SECONDS },
  );
}
