import { Injectable } from '@nestjs/common';
import type { Rows } from '../../changes/rows.js';
import { PipelinesService } from '../pipelines.service.js';
import { TransformersService } from '../transformers.service.js';
import type { DefinitionNames } from './definition-names.js';
import { readDefinitions } from './read-definitions.js';

/** Puts single definitions out of a config backup into the live config, where everything else stays as it is. */
@Injectable()
export class TakeDefinitionsService {
  constructor(
    private readonly transformers: TransformersService,
    private readonly pipelines: PipelinesService,
  ) {}

  /**
   * Creates or replaces all that is named, in one transaction or not at all, by the rules of a PUT of each: scripts compile,
   * and each pipeline can run with what is live and with what is taken together, in whatever order it is named.
   * @param staged has passed `ConfigRestorePolicy`.
   * @throws Problem NOT_FOUND for names that are not in the backup, INVALID_ARGUMENT with everything that keeps them from
   * running, TOO_LARGE, UNAVAILABLE when too many scripts wait for the compiler.
   */
  async take(staged: Rows, names: DefinitionNames): Promise<{ taken: DefinitionNames }> {
    const definitions = await readDefinitions(staged, names);
    await this.transformers.requireAllSound(definitions.transformers);
    await this.pipelines.saveTogether(definitions);
    return { taken: names };
  }
}
