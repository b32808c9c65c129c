import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Databases } from '../../database/databases.js';
import { stateDigest } from '../../database/state-digest.js';
import type { RestorableName } from '../../database/database.js';
import { LogsStateService } from '../../logs/logs-state.service.js';
import { invalidArgument, Problem } from '../../problems.js';
import { namesIn, type RunScope } from '../run-scope.js';

/** What a plan is made for. */
export interface Planned {
  scope: RunScope;
  /** SHA-256 of what was sent. */
  sha256: string;
  /** Logs that come in meanwhile are kept, so they do not count as a change. */
  keepNewer: boolean;
}

/** Characters of each half: 128 bits. */
const HALF = 32;
const FORM = new RegExp(`^([0-9a-f]{${HALF}})-([0-9a-f]{${HALF}})$`);

/**
 * A plan says what a preview was about: one half of its id is made of the file, the other of the live state. Nothing is
 * kept on the server, so a plan survives a restart and costs nothing.
 */
@Injectable()
export class RestorePlans {
  constructor(
    private readonly databases: Databases,
    private readonly logs: LogsStateService,
  ) {}

  async planFor(planned: Planned): Promise<string> {
    return `${fileHalf(planned)}-${await this.stateHalf(planned)}`;
  }

  /** @throws Problem INVALID_ARGUMENT for what is no plan, CONFLICT when it is of another file or state. */
  async requireUnchanged(plan: string, planned: Planned): Promise<void> {
    const halves = FORM.exec(plan);
    if (!halves)
      throw invalidArgument('invalid argument: plan: not one that a dry run has given', {
        'query:plan': ['not one that a dry run has given'],
      });
    if (halves[1] !== fileHalf(planned))
      throw new Problem(
        'CONFLICT',
        'the plan was made for another file, another database or with another keep_newer; nothing was changed; ' +
          'send the file that was previewed, or preview this one with dry_run=true',
      );
    if (halves[2] === (await this.stateHalf(planned))) return;
    const logs = namesIn(planned.scope).includes('logs') && !planned.keepNewer;
    throw new Problem(
      'CONFLICT',
      'the live state is not the one that was previewed any more; nothing was changed; preview again with dry_run=true' +
        (logs ? '; with keep_newer=true logs that come in meanwhile are kept and do not count' : ''),
    );
  }

  private async stateHalf({ scope, keepNewer }: Planned): Promise<string> {
    const hash = createHash('sha256');
    for (const name of namesIn(scope)) hash.update(`${name} ${await this.stateOf(name, keepNewer)}\n`);
    return hash.digest('hex').slice(0, HALF);
  }

  private stateOf(name: RestorableName, keepNewer: boolean): Promise<string> {
    if (name === 'logs') return this.logs.now({ appended: !keepNewer });
    const database = this.databases.get(name);
    return database.read((manager) => stateDigest((sql, parameters) => manager.query(sql, parameters)));
  }
}

function fileHalf({ scope, sha256, keepNewer }: Planned): string {
  return createHash('sha256').update(`${scope} ${sha256} ${keepNewer}`).digest('hex').slice(0, HALF);
}
