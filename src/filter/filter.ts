/**
 * A filter as a tree of plain data: the one form that the evaluator, SQL, seeks of an index and the formatter work on.
 * Names and values are well-formed Unicode. A field that is absent passes no test, so that its negation is true.
 */
export type Filter = Comparison | Not | Chain;

/** What looks at one field. */
export type Comparison = Equals | In | TextTest | Matches;

/** The value is exactly this one, byte for byte. */
export interface Equals {
  kind: 'equals';
  field: string;
  value: string;
}

/** The value is one of these; no values: never true. */
export interface In {
  kind: 'in';
  field: string;
  values: string[];
}

/** The value has this part, byte for byte; an empty part only asks whether the field is present. */
export interface TextTest {
  kind: 'contains' | 'startsWith' | 'endsWith';
  field: string;
  value: string;
}

/** A regular expression of RE2 finds something in the value; it is not anchored. */
export interface Matches {
  kind: 'matches';
  field: string;
  pattern: string;
}

export interface Not {
  kind: 'not';
  operand: Filter;
}

/** Two operands or more, none of which is a chain of the same kind. */
export interface Chain {
  kind: 'and' | 'or';
  operands: Filter[];
}

/** Joins one operand or more; `a or (b or c)` becomes the chain `a or b or c`. */
export function chain(kind: Chain['kind'], operands: Filter[]): Filter {
  if (operands.length === 1) return operands[0]!;
  return {
    kind,
    operands: operands.flatMap((operand) => (isChain(operand, kind) ? operand.operands : [operand])),
  };
}

function isChain(filter: Filter, kind: Chain['kind']): filter is Chain {
  return filter.kind === kind;
}
