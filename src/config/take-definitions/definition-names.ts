import { objectText } from '../../database/portable-file/require-content.js';

/** The kinds of definitions, as the API calls them in its paths. */
export const DEFINITION_KINDS = ['transformers', 'pipelines', 'alerts'] as const;
export type DefinitionKindName = (typeof DEFINITION_KINDS)[number];

/** Names of definitions by their kind. */
export type DefinitionNames = Record<DefinitionKindName, string[]>;

/** Definitions that can be taken at once. */
export const MOST_DEFINITIONS = 100;

/** `pipeline "edge"`, for sentences. */
export function definitionText(kind: DefinitionKindName, name: string): string {
  return objectText(kind.slice(0, -1), name);
}
