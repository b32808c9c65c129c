import { Injectable } from '@nestjs/common';
import { canonicalJson } from '../../changes/canonical-json.js';
import { ANSWER_LIMITS, type ChangeLimits } from '../../changes/change-limits.js';
import { LineDiff } from '../../changes/line-diff.js';
import type { Rows } from '../../changes/rows.js';
import { TextBudget } from '../../changes/text-budget.js';
import { readFlow, readWebhook } from '../stored-definitions.js';
import type { Webhook } from '../webhook.schema.js';
import { type DefinitionChanges, definitionChanges, type DefinitionKind } from './definition-changes.js';
import { changedParts, type ShownWebhook, shownWebhook } from './shown-webhook.js';

export interface WebhookDiff {
  before: ShownWebhook;
  after: ShownWebhook;
  /** `version`, `url`, `url.credentials`, `url.query`, `url.fragment`, `headers.NAME`. */
  changed: string[];
}

/** As it is answered. Contents and diffs of transformers and pipelines are text; no secret of an alert is in it. */
export interface ConfigChanges {
  /** A script, and the hunks of a unified diff of it. */
  transformers: DefinitionChanges<string, string>;
  /** A flow as JSON with sorted keys and two spaces, and the hunks of a unified diff of that. */
  pipelines: DefinitionChanges<string, string>;
  alerts: DefinitionChanges<ShownWebhook, WebhookDiff>;
}

/** What a restore of the config database would change. */
@Injectable()
export class ConfigChangesService {
  /**
   * Compares two states, both checked by `ConfigRestorePolicy`, by what the API shows: a flow that is only written in
   * another way has not changed. Each list shows at most `limits.items`, 1000 unless told otherwise, sorted by name;
   * `more` counts what is not shown. One definition of each side is in memory at a time.
   */
  async between(live: Rows, staged: Rows, limits: ChangeLimits = ANSWER_LIMITS): Promise<ConfigChanges> {
    const budget = new TextBudget(limits);
    const lines = new LineDiff(limits);
    const transformers = textKind('transformers', 'script', lines, (text) => text);
    const pipelines = textKind('pipelines', 'flow', lines, (text) => canonicalJson(readFlow(text)));
    return {
      transformers: await definitionChanges(transformers, live, staged, limits, budget),
      pipelines: await definitionChanges(pipelines, live, staged, limits, budget),
      alerts: await definitionChanges(ALERTS, live, staged, limits, budget),
    };
  }
}

function textKind(
  table: string,
  column: string,
  lines: LineDiff,
  read: (text: string) => string,
): DefinitionKind<string, string, string> {
  return {
    table,
    column,
    read,
    show: (text) => text,
    diff: (before, after) => lines.between(before, after),
    isSame: (before, after) => before === after,
  };
}

const ALERTS: DefinitionKind<Webhook, ShownWebhook, WebhookDiff> = {
  table: 'alerts',
  column: 'webhook',
  read: readWebhook,
  show: shownWebhook,
  diff: (before, after) => ({
    before: shownWebhook(before),
    after: shownWebhook(after),
    changed: changedParts(before, after),
  }),
  isSame: (before, after) => changedParts(before, after).length === 0,
};
