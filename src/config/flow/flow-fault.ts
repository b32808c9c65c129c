import { Problem } from '../../problems.js';

/** Something that keeps a flow from running. */
export interface FlowFault {
  /** `node:<id>` or `edge:<id>`; those of a pipeline that is entered begin with `pipeline:<name>/`. */
  place: string;
  /** One sentence without the place. */
  text: string;
  /** True when only a name is missing that may have been there: a transformer, an alert, a pipeline. */
  missing?: boolean;
}

/** Ids and names in a sentence: a flow may hold any text. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

/** More of them help nobody. */
const MOST_FAULTS = 50;

/**
 * All faults as one problem: in the text for people, in `context` by place for programs. NOT_FOUND when nothing is wrong
 * but names that are missing, and `missing` says that this is so called; INVALID_ARGUMENT otherwise.
 */
export function flowProblem(faults: FlowFault[], what: string, missingIs: 'NOT_FOUND' | 'INVALID_ARGUMENT') {
  const shown = faults.slice(0, MOST_FAULTS);
  const context: Record<string, string[]> = {};
  for (const { place, text } of shown) (context[place] ??= []).push(text);
  const sentences = shown.map(({ place, text }) => `${spoken(place)}: ${text}`);
  if (faults.length > shown.length) sentences.push(`and ${faults.length - shown.length} more`);
  const onlyMissing = faults.every(({ missing }) => missing);
  const code = onlyMissing ? missingIs : 'INVALID_ARGUMENT';
  const kind = code === 'NOT_FOUND' ? 'not found' : 'invalid argument';
  return new Problem(code, `${kind}: ${what}: ${sentences.join('; ')}`, { context });
}

/** `pipeline:b/node:x` as `pipeline "b", node "x"`. */
function spoken(place: string): string {
  const parts = /^(?:pipeline:(.*)\/)?(node|edge):(.*)$/s.exec(place)!;
  const own = `${parts[2]} ${quoted(parts[3]!)}`;
  return parts[1] === undefined ? own : `pipeline ${quoted(parts[1])}, ${own}`;
}
