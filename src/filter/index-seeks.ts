import type { Filter } from './filter.js';

/** What an index on `field` is asked for: the records in which it has this value. */
export interface Seek {
  field: string;
  value: string;
}

/** More values than this are not sought one by one. */
const MOST_SEEKS = 100;

/** As many ways are worth a look at how many records each would bring. */
const MOST_ALTERNATIVES = 8;

/**
 * Ways to find the records by an index: in each of the alternatives, every record that the filter matches has at least
 * one of the seeks. What a seek finds still has to be checked. Shorter alternatives come first.
 * @returns none where no index helps; an alternative without seeks means that no record matches.
 */
export function indexSeeks(filter: Filter, isIndexed: (field: string) => boolean): Seek[][] {
  switch (filter.kind) {
    case 'equals':
      return isIndexed(filter.field) ? [[{ field: filter.field, value: filter.value }]] : [];
    case 'in': {
      const { field } = filter;
      if (!isIndexed(field)) return [];
      return allowed([[...new Set(filter.values)].map((value) => ({ field, value }))]);
    }
    case 'and':
      return allowed(filter.operands.flatMap((operand) => indexSeeks(operand, isIndexed)));
    case 'or':
      return allowed(union(filter.operands.map((operand) => indexSeeks(operand, isIndexed))));
    default:
      // An index knows whole values, and only of fields that are present.
      return [];
  }
}

/** All operands have to be found: the shortest way to each is taken. */
function union(operands: Seek[][][]): Seek[][] {
  if (operands.some((alternatives) => alternatives.length === 0)) return [];
  const seeks = operands.flatMap(([shortest]) => shortest!);
  return [[...new Map(seeks.map((seek) => [JSON.stringify([seek.field, seek.value]), seek])).values()]];
}

function allowed(alternatives: Seek[][]): Seek[][] {
  return alternatives
    .filter((seeks) => seeks.length <= MOST_SEEKS)
    .toSorted((one, other) => one.length - other.length)
    .slice(0, MOST_ALTERNATIVES);
}
