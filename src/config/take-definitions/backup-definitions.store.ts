import type { Rows } from '../../changes/rows.js';
import type { DefinitionKindName } from './definition-names.js';

const COLUMNS: Record<DefinitionKindName, string> = {
  transformers: 'script',
  pipelines: 'flow',
  alerts: 'webhook',
};

export interface SizedContent {
  bytes: number;
  /** null when it has more bytes than were asked for. */
  content: string | null;
}

/** The content of one definition; undefined where there is none of this name. */
export async function contentOf(
  rows: Rows,
  kind: DefinitionKindName,
  name: string,
  mostBytes: number,
): Promise<SizedContent | undefined> {
  const column = COLUMNS[kind];
  const [row] = await rows.read((manager) =>
    manager.query<SizedContent[]>(
      `SELECT octet_length(${column}) AS bytes, iif(octet_length(${column}) <= ?, ${column}, NULL) AS content
       FROM ${kind} WHERE name = ?`,
      [mostBytes, name],
    ),
  );
  return row;
}
