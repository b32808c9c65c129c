import { nameSchema } from '../../http/name.schema.js';
import { invalidArgument, type Problem } from '../../problems.js';
import {
  DEFINITION_KINDS,
  type DefinitionKindName,
  type DefinitionNames,
  definitionText,
  MOST_DEFINITIONS,
} from './definition-names.js';

const FORM = 'write transformers/NAME, pipelines/NAME or alerts/NAME, separated by commas';

/**
 * Reads the query parameter `only`: `pipelines/default,transformers/json`. Everything behind the first slash is the name; in a
 * name `,` is written as `%2C` and `%` as `%25`, anything else may be.
 * @param text the parameter after the query itself was decoded. In a URL, the `%` of such a name is `%25`, as
 * `curl --get --data-urlencode 'only=pipelines/a%2Cb'` writes it.
 * @throws Problem INVALID_ARGUMENT for anything else, an empty list, a name that comes twice, and too many names.
 */
export function parseOnly(text: string): DefinitionNames {
  const names: DefinitionNames = { transformers: [], pipelines: [], alerts: [] };
  if (text.trim() === '') throw refusal(`nothing is named: ${FORM}`);
  // One more than possible is enough to know.
  const items = text.split(',', MOST_DEFINITIONS + 1);
  if (items.length > MOST_DEFINITIONS)
    throw refusal(
      `more than ${MOST_DEFINITIONS} definitions: take fewer at a time, or restore the whole backup`,
    );
  for (const item of items) {
    const { kind, name } = readItem(item);
    if (names[kind].includes(name))
      throw refusal(`${definitionText(kind, name)} is named twice: name it once`);
    names[kind].push(name);
  }
  return names;
}

function readItem(item: string): { kind: DefinitionKindName; name: string } {
  const slash = item.indexOf('/');
  if (slash === -1) throw refusal(`${shown(item)} is not the name of a definition: ${FORM}`);
  const kind = DEFINITION_KINDS.find((one) => one === item.slice(0, slash));
  if (!kind) throw refusal(`${shown(item)} is of an unknown kind: ${FORM}`);
  const name = decoded(item.slice(slash + 1), item);
  const { error } = nameSchema.safeParse(name);
  if (error) throw refusal(`${shown(item)} cannot be a name: ${error.issues[0]!.message}`);
  return { kind, name };
}

function decoded(text: string, item: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refusal(`${shown(item)} has a % that begins no percent-encoding: write % in a name as %25`);
  }
}

function refusal(sentence: string): Problem {
  return invalidArgument(`invalid argument: only: ${sentence}`, { 'query:only': [sentence] });
}

function shown(item: string): string {
  return JSON.stringify(item.length > 80 ? `${item.slice(0, 80)}…` : item);
}
