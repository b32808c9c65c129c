import type { ChangeLimits } from '../../changes/change-limits.js';
import { ChangeLists, type Changes } from '../../changes/change-lists.js';
import { mergeByName } from '../../changes/merge-by-key.js';
import type { Rows } from '../../changes/rows.js';
import type { TextBudget } from '../../changes/text-budget.js';
import { stagedDefinitions } from '../staged-config.store.js';

export interface AddedDefinition<Content> {
  name: string;
  /** null when it is too long to be shown. */
  content: Content | null;
  content_too_long?: true;
}

export interface ChangedDefinition<Diff> {
  name: string;
  /** null when it is too long to be shown. */
  diff: Diff | null;
  diff_too_long?: true;
}

export type DefinitionChanges<Content, Diff> = Changes<
  AddedDefinition<Content>,
  ChangedDefinition<Diff>,
  { name: string }
>;

/** How one kind of definition is read from its row, shown, and compared. */
export interface DefinitionKind<Definition, Content, Diff> {
  table: string;
  column: string;
  read: (text: string) => Definition;
  show: (definition: Definition) => Content;
  /** @returns undefined when it is too long to be looked for. */
  diff: (before: Definition, after: Definition) => Diff | undefined;
  isSame: (before: Definition, after: Definition) => boolean;
}

export async function definitionChanges<Definition, Content, Diff>(
  kind: DefinitionKind<Definition, Content, Diff>,
  live: Rows,
  staged: Rows,
  limits: ChangeLimits,
  budget: TextBudget,
): Promise<DefinitionChanges<Content, Diff>> {
  const lists = new ChangeLists<AddedDefinition<Content>, ChangedDefinition<Diff>, { name: string }>(limits);
  const rows = (side: Rows) => stagedDefinitions(side, kind.table, kind.column);
  for await (const { before, after } of mergeByName(rows(live), rows(staged))) {
    const { name } = (before ?? after)!;
    if (!after) lists.removed.add({ name });
    else if (!before)
      await lists.added.addMade(() => added(name, kind.show(kind.read(after.content)), budget));
    else if (before.content !== after.content) {
      const [old, young] = [kind.read(before.content), kind.read(after.content)];
      if (!kind.isSame(old, young))
        await lists.changed.addMade(() => changed(name, kind.diff(old, young), budget));
    }
  }
  return lists.answer();
}

function added<Content>(name: string, content: Content, budget: TextBudget): AddedDefinition<Content> {
  if (fits(content, budget)) return { name, content };
  return { name, content: null, content_too_long: true };
}

function changed<Diff>(name: string, diff: Diff | undefined, budget: TextBudget): ChangedDefinition<Diff> {
  if (diff !== undefined && fits(diff, budget)) return { name, diff };
  return { name, diff: null, diff_too_long: true };
}

function fits(shown: unknown, budget: TextBudget): boolean {
  return budget.takes(typeof shown === 'string' ? shown : JSON.stringify(shown));
}
