import type { SqliteConnection } from '../sqlite/sqlite-connection.js';
import { FileRefusal } from './file-refusal.js';

interface Reference {
  child: string;
  parent: string;
  /** The column of the child, where an index begins with it and the reference has no other. */
  column: string | null;
  /** null where it is the primary key. */
  parentColumn: string | null;
}

/**
 * Every row that points to another. What an index begins with is not asked of each row but of each value that there is,
 * from one to the next higher: of millions of entries in a few streams, as many as there are streams. The indexes are
 * known to say what their tables say.
 * @throws FileRefusal with the check `references`.
 */
export async function checkReferences(connection: SqliteConnection): Promise<void> {
  for (const reference of await referencesOf(connection)) {
    const broken = await connection.all(queryFor(reference));
    if (broken.length > 0)
      throw new FileRefusal(
        'references',
        `a row of ${reference.child} points to a row of ${reference.parent} that is not there`,
      );
  }
}

function referencesOf(connection: SqliteConnection): Promise<Reference[]> {
  return connection.all<Reference>(
    `SELECT listing.name AS child, key."table" AS parent, max(key."to") AS parentColumn,
       iif(count(*) = 1, (
         SELECT info.name FROM pragma_index_list(listing.name) AS list, pragma_index_info(list.name) AS info
         WHERE info.seqno = 0 AND info.name = key."from" AND NOT list.partial), NULL) AS "column"
     FROM sqlite_schema AS listing, pragma_foreign_key_list(listing.name) AS key
     WHERE listing.type = 'table' GROUP BY listing.name, key.id`,
  );
}

function queryFor({ child, parent, column, parentColumn }: Reference): string {
  if (column === null || parentColumn === null)
    return `SELECT 1 FROM pragma_foreign_key_check('${child}') WHERE parent = '${parent}' LIMIT 1`;
  return `
    WITH RECURSIVE held (value) AS (
      SELECT min("${column}") FROM "${child}"
      UNION ALL
      SELECT (SELECT min("${column}") FROM "${child}" WHERE "${column}" > held.value) FROM held WHERE value IS NOT NULL)
    SELECT 1 FROM held
    WHERE value IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "${parent}" WHERE "${parent}"."${parentColumn}" = held.value)
    LIMIT 1`;
}
