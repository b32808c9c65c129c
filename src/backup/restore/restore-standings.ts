import { Inject, Injectable } from '@nestjs/common';
import { Databases } from '../../database/databases.js';
import { SETTINGS, type Settings } from '../../settings.js';
import { CatalogueService } from '../catalogue.service.js';
import { restoreAnswer, type RestoreStanding } from '../run-answer.js';
import type { Run } from '../run.entity.js';
import { namesIn } from '../run-scope.js';

/** What can still be done about restores: the pointer to the live generations knows. */
@Injectable()
export class RestoreStandings {
  constructor(
    private readonly databases: Databases,
    private readonly catalogue: CatalogueService,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Restores as the API shows them. */
  async answers(runs: Run[]) {
    const undoneBy = await this.catalogue.undoneBy(runs);
    return runs.map((run) =>
      restoreAnswer(run, { ...this.standing(run), undoneBy: undoneBy.get(run.id) ?? null }),
    );
  }

  /** A restore that counts at this moment: nothing has to be read, so nothing can fail that has been done already. */
  answerOfLive(run: Run) {
    return restoreAnswer(run, { ...this.standing(run), undoneBy: null });
  }

  standing({ id, database }: Run): Omit<RestoreStanding, 'undoneBy'> {
    const state = this.databases.generations.replaced.find(({ restore }) => restore === id);
    const isNewest =
      state && namesIn(database).every((name) => state.made[name] === this.databases.get(name).generation);
    if (!isNewest) return { undoableUntil: null, confirmBy: null };
    const until = state.confirmByMs ?? state.replacedMs + this.settings.undoMilliseconds;
    return {
      undoableUntil: new Date(until).toISOString(),
      confirmBy: state.confirmByMs === undefined ? null : new Date(state.confirmByMs).toISOString(),
    };
  }
}
