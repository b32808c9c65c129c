import type { RestorableName } from '../../database/database.js';

/** What stands between the parts of a key: since FlowG v0.61 a byte that no name has, before that a colon. */
const SEPARATOR = '\x1b';
const OLD_SEPARATOR = ':';

/** A key of FlowG's as the text that it is. Its parts are names, and before v0.61 a name could have the separator in it. */
export interface FlowgKey {
  /** What is in front of the first separator: `user`, `entry`, `pipeline` … */
  family: string;
  /** What is behind it. */
  rest: string;
  separator: string;
}

export function readKey(text: string): FlowgKey {
  const separator = text.includes(SEPARATOR) ? SEPARATOR : OLD_SEPARATOR;
  const [family, rest] = cutFirst(text, separator) ?? [text, ''];
  return { family, rest, separator };
}

/** Cuts at the first separator. @returns undefined where there is none. */
export function cutFirst(text: string, separator: string): [before: string, behind: string] | undefined {
  const place = text.indexOf(separator);
  return place < 0 ? undefined : [text.slice(0, place), text.slice(place + separator.length)];
}

/** Cuts at the last separator. @returns undefined where there is none. */
export function cutLast(text: string, separator: string): [before: string, behind: string] | undefined {
  const place = text.lastIndexOf(separator);
  return place < 0 ? undefined : [text.slice(0, place), text.slice(place + separator.length)];
}

/**
 * The longest known name in front of a separator: the only way to tell where a name ends that may have separators in it.
 * @returns the name and what is behind the separator; undefined where no beginning is known.
 */
export function cutBehindKnown(
  text: string,
  separator: string,
  isKnown: (name: string) => boolean,
): [name: string, behind: string] | undefined {
  for (let end = text.lastIndexOf(separator); end > 0; end = text.lastIndexOf(separator, end - 1)) {
    const name = nameOf(text.slice(0, end));
    if (isKnown(name)) return [name, text.slice(end + separator.length)];
  }
  return undefined;
}

/** A name as it was given: when v0.61 took over older keys, it took every colon for a separator, those in names too. */
export function nameOf(text: string): string {
  return text.replaceAll(SEPARATOR, OLD_SEPARATOR);
}

const FAMILIES: Record<string, RestorableName> = {
  role: 'auth',
  user: 'auth',
  pat: 'auth',
  provider: 'auth',
  transformer: 'config',
  pipeline: 'config',
  forwarder: 'config',
  system: 'config',
  stream: 'logs',
  entry: 'logs',
};

/** With what an `index` key of the logs ends: time and UUID of an entry. */
const ENTRY_END = /:\d{20}:[0-9a-f-]{36}$/;
const ENTRY_END_CHARACTERS = 58;

/** The database that has such keys: `any` for what each has for itself, undefined for one that nobody knows. */
export function databaseOf({ family, rest }: FlowgKey): RestorableName | 'any' | undefined {
  if (family === '__meta__') return 'any';
  if (family !== 'index') return Object.hasOwn(FAMILIES, family) ? FAMILIES[family] : undefined;
  // Two databases have keys of this family.
  const text = nameOf(rest);
  const ofEntry = ENTRY_END.test(text.slice(-ENTRY_END_CHARACTERS));
  if (ofEntry && text.includes(':field:') && text.includes(':entry:')) return 'logs';
  return /^(role|user|pat):/.test(text) ? 'auth' : undefined;
}
