/** Rows in memory at a time, for rows that are small: a foreign file may hold any number. */
export const PAGE_ROWS = 500;

/** Rows one by one, read in pages. @param readPage the rows behind the given one, none at the end. */
export async function* pagedRows<Row>(
  readPage: (last: Row | undefined) => Promise<Row[]>,
): AsyncGenerator<Row> {
  for (let last: Row | undefined; ;) {
    const page = await readPage(last);
    if (page.length === 0) return;
    yield* page;
    last = page.at(-1);
  }
}
