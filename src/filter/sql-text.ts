/** A piece of SQL with the values of its `?`, in their order. */
export interface SqlText {
  sql: string;
  parameters: unknown[];
}

/** Puts pieces together, as a template tag. What stands in `${}` is a piece, never text of a user. */
export function sql([first = '', ...texts]: TemplateStringsArray, ...pieces: SqlText[]): SqlText {
  // The pieces of a large filter lie deep in each other: `+` copies nothing until the end, concat() copies quickly.
  return {
    sql: texts.reduce((before, text, index) => before + pieces[index]!.sql + text, first),
    parameters: Array<unknown>().concat(...pieces.map(({ parameters }) => parameters)),
  };
}

/** A value that SQLite gets as a parameter. */
export function parameter(value: unknown): SqlText {
  return { sql: '?', parameters: [value] };
}

/** SQL as it stands, which no user has written. */
export function trusted(text: string): SqlText {
  return { sql: text, parameters: [] };
}
