import type { Rows } from '../../changes/rows.js';
import { notFound, Problem } from '../../problems.js';
import type { DefinitionSet } from '../pipelines.store.js';
import { readFlow, readWebhook } from '../stored-definitions.js';
import { contentOf } from './backup-definitions.store.js';
import {
  DEFINITION_KINDS,
  type DefinitionKindName,
  type DefinitionNames,
  definitionText,
} from './definition-names.js';

/** All contents together: they are held in memory, checked and written at once, as those of one request. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * Reads single definitions of a config database that `ConfigRestorePolicy` has checked.
 * @throws Problem NOT_FOUND with all names that are not in it, TOO_LARGE.
 */
export async function readDefinitions(rows: Rows, names: DefinitionNames): Promise<DefinitionSet> {
  const missing: string[] = [];
  const contents: Record<DefinitionKindName, [name: string, content: string][]> = {
    transformers: [],
    pipelines: [],
    alerts: [],
  };
  let left = MOST_BYTES;
  for (const kind of DEFINITION_KINDS) {
    for (const name of names[kind]) {
      const found = await contentOf(rows, kind, name, left);
      if (!found) missing.push(definitionText(kind, name));
      else if (found.content === null) throw tooLarge();
      else {
        left -= found.bytes;
        contents[kind].push([name, found.content]);
      }
    }
  }
  if (missing.length > 0)
    throw notFound(`not found: this is not in the backup: ${missing.join(', ')}; nothing was changed`);
  return {
    transformers: contents.transformers.map(([name, script]) => ({ name, script })),
    pipelines: contents.pipelines.map(([name, text]) => ({ name, flow: readFlow(text) })),
    alerts: contents.alerts.map(([name, text]) => ({ name, webhook: readWebhook(text) })),
  };
}

function tooLarge(): Problem {
  return new Problem(
    'TOO_LARGE',
    `these definitions have more than ${MOST_BYTES} bytes together: take fewer at a time, or restore the whole ` +
      'backup; nothing was changed',
  );
}
