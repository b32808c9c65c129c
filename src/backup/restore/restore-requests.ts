import { Injectable } from '@nestjs/common';
import { parseOnly } from '../../config/take-definitions/parse-only.js';
import { invalidArgument } from '../../problems.js';
import { mergeAnswerOf, previewAnswer, restoredAnswer, takenAnswer } from './restore-answers.js';
import type { RestoreQuery } from './restore.query.js';
import { PartialRestoreService } from './partial-restore.service.js';
import { PreviewService } from './preview.service.js';
import { RestoreService } from './restore.service.js';
import { RestoreStandings } from './restore-standings.js';
import type { RestoreRequest } from './sources/restore-source.js';
import { RestoreSources } from './sources/restore-sources.service.js';
import type { RunScope } from '../run-scope.js';

/** Which kind of restore a request asks for, and what it is answered. */
@Injectable()
export class RestoreRequests {
  constructor(
    private readonly restores: RestoreService,
    private readonly previews: PreviewService,
    private readonly partial: PartialRestoreService,
    private readonly standings: RestoreStandings,
    private readonly sources: RestoreSources,
  ) {}

  /**
   * @throws Problem INVALID_ARGUMENT, before a byte of the file is read, for parameters that contradict each other; what
   *   `RestoreSources` throws.
   */
  async carryOut(scope: RunScope, query: RestoreQuery, asked: RestoreRequest): Promise<object> {
    requireSense(query);
    const source = await this.sources.of(scope, query.from, asked);
    const dryRun = query.dry_run === 'true';
    const keepNewer = query.keep_newer === 'true';
    if (query.only !== undefined) {
      const names = parseOnly(query.only);
      return takenAnswer(await this.partial.take(source, names));
    }
    if (query.mode === 'merge') {
      const streams = query.stream === undefined ? undefined : [query.stream].flat();
      const merge = await this.partial.merge(source, { streams, dryRun });
      return mergeAnswerOf(merge, dryRun);
    }
    if (dryRun) return previewAnswer(await this.previews.preview(scope, source, keepNewer));
    const options = {
      allowLockout: query.allow_lockout === 'true',
      keepNewer,
      oneTimePasswords: query.one_time_passwords === 'true',
      confirmWithinSeconds: query.confirm_within,
      plan: query.plan,
    };
    const restored = await this.restores.restore(scope, source, options);
    return restoredAnswer(restored, this.standings.standing(restored.run));
  }
}

/** What would be ignored is refused: it was meant. */
function requireSense(query: RestoreQuery): void {
  const merge = query.mode === 'merge';
  const partial = merge ? 'mode=merge' : query.only !== undefined && 'only';
  const given: Record<string, boolean> = {
    plan: query.plan !== undefined,
    confirm_within: query.confirm_within !== undefined,
    keep_newer: query.keep_newer === 'true',
    dry_run: query.dry_run === 'true',
  };
  if (query.from !== undefined && query.one_time_passwords === 'true')
    refuse('one_time_passwords', "belongs to a backup of FlowG's; what the server has stored is its own");
  if (query.stream !== undefined && !merge) refuse('stream', 'belongs to mode=merge');
  if (partial) {
    for (const name of ['plan', 'confirm_within', 'keep_newer'])
      if (given[name]) refuse(name, `does not go together with ${partial}, which replaces nothing`);
    if (!merge && given.dry_run)
      refuse('dry_run', 'does not go together with only: preview the whole backup');
  }
  if (given.dry_run)
    for (const name of ['plan', 'confirm_within'])
      if (given[name]) refuse(name, 'does not go together with dry_run, which restores nothing');
}

function refuse(name: string, why: string): never {
  throw invalidArgument(`invalid argument: ${name} ${why}`, { [`query:${name}`]: [why] });
}
