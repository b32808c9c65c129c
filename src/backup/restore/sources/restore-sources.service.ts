import { Inject, Injectable } from '@nestjs/common';
import { hasBody } from '../../../http/request-body.js';
import { invalidArgument, Problem } from '../../../problems.js';
import { SETTINGS, type Settings } from '../../../settings.js';
import { CatalogueService } from '../../catalogue.service.js';
import { Destinations } from '../../destinations/destinations.service.js';
import type { RunScope } from '../../run-scope.js';
import { destinationOf } from '../../stored/destination-of.js';
import { requireStored, type StoredRun } from '../../stored/stored-run.js';
import type { RestoreRequest, RestoreSource } from './restore-source.js';
import { StoredBackup } from './stored-backup.js';
import { UploadedFile } from './uploaded-file.js';

/** Finds out where the bytes of a restore come from, before the first of them is read. */
@Injectable()
export class RestoreSources {
  constructor(
    private readonly catalogue: CatalogueService,
    private readonly destinations: Destinations,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * @param from id of a backup that the server has stored; left out: the file comes with the request.
   * @throws Problem NOT_FOUND when the caller may not see the backup, INVALID_ARGUMENT when it is of another database or a file
   *   comes as well, CONFLICT when it cannot be had from where it was stored.
   */
  async of(scope: RunScope, from: string | undefined, asked: RestoreRequest): Promise<RestoreSource> {
    if (from === undefined) return new UploadedFile(asked, this.settings.transferIdleSeconds);
    if (hasBody(asked.request))
      throw refusal('a file comes with the request as well: send the file, or ask for a stored backup');
    const run = await this.catalogue.get('backup', from, asked.requester.caller);
    if (run.database !== scope) {
      const path = run.database === 'all' ? '/api/v1/restore' : `/api/v1/restore/${run.database}`;
      throw refusal(`it is a backup of ${run.database}, not of ${scope}: POST ${path}?from=${run.id}`);
    }
    const stored = requireStored(run);
    if (stored.stored.sealed) throw sealed(stored);
    return new StoredBackup(asked, destinationOf(this.destinations, stored), stored);
  }
}

function refusal(text: string): Problem {
  return invalidArgument(`invalid argument: from: ${text}`, { 'query:from': [text] });
}

function sealed({ id, stored: { destination, file, compression } }: StoredRun): Problem {
  const unpack = compression === 'none' ? '' : `, unpack it (${compression})`;
  return new Problem(
    'CONFLICT',
    `backup ${id} is sealed, the server has no key for it: download ${file} from the destination ` +
      `${JSON.stringify(destination)}, open it with age -d -i KEY${unpack}, and send it with --form backup=@FILE`,
  );
}
