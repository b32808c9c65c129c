import { FLOWG_FORMATS, type FlowgForm } from './recognise.js';

/** Something of the file that is not, or not quite, as it was. */
export interface ImportNote {
  kind: string;
  name: string;
  reason: string;
}

/** The first ones of a list, and how many there are. */
export interface Listed<Item> {
  first: Item[];
  count: number;
}

/** What became of a file of FlowG's on its way into a database of ours. Plain data: it crosses from process to process. */
export interface ImportReport {
  format: (typeof FLOWG_FORMATS)[FlowgForm];
  /** What could not be taken over. */
  skipped: Listed<ImportNote>;
  /** What was taken over, but will not work as it is. */
  needsAttention: Listed<ImportNote>;
  /** Users whose password cannot be checked here; only for `auth`. */
  passwordsLost?: Listed<string>;
  /** Tokens that cannot be checked here; only for `auth`. */
  tokensLost?: number;
}

/** As many are named: a file may have any number of oddities. */
const MOST_NOTES = 100;
/** All of these are needed to give each a new password. */
export const MOST_NAMED_USERS = 1000;
/** A name of a hostile file may be as long as it likes. */
const SHOWN_CHARACTERS = 255;

export function emptyReport(form: FlowgForm): ImportReport {
  return {
    format: FLOWG_FORMATS[form],
    skipped: { first: [], count: 0 },
    needsAttention: { first: [], count: 0 },
  };
}

export function addNote(list: Listed<ImportNote>, kind: string, name: string, reason: string): void {
  list.count++;
  if (list.first.length < MOST_NOTES)
    list.first.push({ kind, name: name.slice(0, SHOWN_CHARACTERS), reason: reason.slice(0, 1000) });
}

/** The report as the answer of a restore shows it. */
export function importAnswer(report: ImportReport) {
  const { format, skipped, needsAttention, passwordsLost, tokensLost } = report;
  return {
    format,
    skipped: skipped.first,
    skipped_count: skipped.count,
    needs_attention: needsAttention.first,
    needs_attention_count: needsAttention.count,
    ...(passwordsLost && {
      passwords_lost: passwordsLost.first.slice(0, MOST_NOTES),
      passwords_lost_count: passwordsLost.count,
    }),
    ...(tokensLost !== undefined && { tokens_lost: tokensLost }),
  };
}
