import type { DatabaseDefinition } from '../database-definition.js';
import type { PortableFile, RestorableName, StagedGeneration } from '../database.js';
import { migrate } from '../sqlite/migrate.js';
import { openAlone } from '../sqlite/sqlite-data-source.js';
import { checkFile } from './check-file.js';
import type { ExpectedSchema } from './schema-listing.js';

/**
 * What a restore would stage, without a server to stage it in: a file that passed every check, brought to the newest
 * version, open for the rules of the module that owns the database. The file is changed by it, so it must be a copy.
 * @param signal ends the check early.
 * @throws FileRefusal with the first check that failed.
 */
export async function openCheckedFile(
  file: PortableFile,
  definition: DatabaseDefinition,
  schemas: ExpectedSchema[],
  signal?: AbortSignal,
): Promise<StagedGeneration> {
  const { manifest, rows, answers } = await checkFile(file, definition, schemas, signal);
  const source = await openAlone(file.path, definition);
  try {
    await migrate(source, definition);
  } catch (error) {
    await source.destroy();
    throw error;
  }
  const staged: StagedGeneration = {
    database: definition.name as RestorableName,
    number: 0,
    manifest,
    rows,
    answers,
    read: (work) => work(source.manager),
    write: (work) => {
      staged.answers = undefined;
      return source.transaction(work);
    },
    discard: () => source.destroy(),
  };
  return staged;
}
