import type { StagedGeneration } from './database.js';

/**
 * What a module says about a generation of its database before it may become the live one. The structure has been
 * checked by then (tables, types, constraints, references): this is about what the API would not have let in.
 */
export interface RestorePolicy {
  /** Applies the rules of the API's own input to the rows. @throws FileRefusal with the check `content`. */
  validate(staged: StagedGeneration): Promise<void>;

  /** Changes what must not be as it was saved, in a generation that will become the live one. */
  prepare?(staged: StagedGeneration): Promise<void>;
}
