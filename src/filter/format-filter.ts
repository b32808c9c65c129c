import type { Comparison, Filter } from './filter.js';
import { quoted } from './string-escapes.js';

/**
 * The filter as text, the same for equal trees, in the spelling of the reference as far as that has one.
 * `parseFilter` reads it back to an equal tree. Spaces and escapes may make it longer than a text may be.
 */
export function formatFilter(filter: Filter): string {
  switch (filter.kind) {
    case 'or':
      return filter.operands.map(formatFilter).join(' or ');
    case 'and':
      return filter.operands.map((operand) => inParentheses(operand, operand.kind === 'or')).join(' and ');
    case 'not':
      return negation(filter.operand);
    default:
      return comparison(filter, '');
  }
}

function negation(operand: Filter): string {
  switch (operand.kind) {
    case 'not':
    case 'and':
    case 'or':
      return `not ${inParentheses(operand, operand.kind !== 'not')}`;
    default:
      return comparison(operand, 'not ');
  }
}

function inParentheses(filter: Filter, needed: boolean): string {
  return needed ? `(${formatFilter(filter)})` : formatFilter(filter);
}

/** @param not stands between the field and the operator: `not `, or nothing. */
function comparison(filter: Comparison, not: 'not ' | ''): string {
  const field = formatField(filter.field);
  switch (filter.kind) {
    case 'equals':
      return `${field} ${not && '!'}= ${quoted(filter.value)}`;
    case 'in':
      return `${field} ${not}in [${filter.values.map(quoted).join(', ')}]`;
    case 'matches':
      return `${field} ${not}matches ${quoted(filter.pattern)}`;
    default:
      return `${field} ${not}${filter.kind} ${quoted(filter.value)}`;
  }
}

const BARE = /^(?!(?:not|NOT|and|AND|or|OR|in|IN)$)[A-Za-z_][A-Za-z0-9_]*$/;

/** Inside single quotes nothing can be escaped, so that not every name can stand there, and not every one legibly. */
const LEGIBLE_IN_SINGLE_QUOTES = /^(?:[^'\\\p{Cc}\p{Zl}\p{Zp}]|\\[^'\p{Cc}\p{Zl}\p{Zp}])*$/u;

function formatField(name: string): string {
  if (BARE.test(name)) return name;
  return LEGIBLE_IN_SINGLE_QUOTES.test(name) ? `'${name}'` : `$env[${quoted(name)}]`;
}
