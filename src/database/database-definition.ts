import type { DataSourceOptions } from 'typeorm';
import type { DatabaseName } from './database.js';

/** How one kind of row is counted for the manifest. Both queries answer one row with the column `n`. */
export interface RowCountQueries {
  /** Must be quick at any size: it runs inside the pause of a snapshot. */
  quick: string;
  /** Counts the rows themselves, when a file is checked. */
  exact: string;
}

/** What a module says of the database it owns, in its `*.schema.ts`. */
export interface DatabaseSchema {
  entities: NonNullable<DataSourceOptions['entities']>;
  /** Oldest first: the schema version of a file is the number of migrations it has seen. Released ones never change. */
  migrations: (new () => { name: string })[];
  /** By the label under which the manifest and the answer of a restore tell the number. */
  rowCounts: Record<string, RowCountQueries>;
  /**
   * What the module's restore policy wants to know of all rows, and takes long: queries without parameters, for the newest
   * version, with small answers. They run where a file is checked, beside its other checks; `answerTo` gives what they found.
   */
  questions?: string[];
  /** Connections for concurrent reads. */
  readers: number;
}

/** Everything `database/` has to know of one database. `ormconfig.ts` puts the four of them together. */
export interface DatabaseDefinition extends DatabaseSchema {
  name: DatabaseName;
  /** Absolute folder of the generations. */
  directory: string;
  /** `full`: an acknowledged write survives a power cut. `normal`: it survives a crash of the server. */
  durability: 'full' | 'normal';
}

/** A kind of row that is simply counted. */
export function countOf(table: string): RowCountQueries {
  const query = `SELECT count(*) AS n FROM "${table}"`;
  return { quick: query, exact: query };
}

/** `FLG` and the first letter of the database's name, as SQLite's 32-bit `application_id`. */
export function applicationIdOf(name: DatabaseName): number {
  return Buffer.from(`FLG${name[0]!.toUpperCase()}`, 'latin1').readUInt32BE();
}
