import { Database, type HeldGeneration, type RestorableName, type StagedGeneration } from './database.js';

/** A generation that nobody uses, behind the door that the stores of its module know: it can be read, and no more. */
export class ScratchDatabase extends Database {
  readonly name: RestorableName;
  readonly revision = 0;

  constructor(private readonly staged: StagedGeneration) {
    super();
    this.name = staged.database;
  }

  read: Database['read'] = (work) => this.staged.read(work);

  hold(): Promise<HeldGeneration> {
    return Promise.resolve({ read: this.read, release: () => undefined });
  }

  write = readOnly;
  writeScript = readOnly;
  writeUnseen = readOnly;
  snapshot = readOnly;
}

function readOnly(): Promise<never> {
  return Promise.reject(new Error('a scratch generation is only read'));
}
