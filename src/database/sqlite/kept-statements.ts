import sqlite3 from 'sqlite3';

/** Statements that stay prepared on one connection: those of ordinary requests, many times over. */
const MOST_KEPT = 100;
/** Characters. What is longer, a large filter, is made for one query and would be kept in vain. */
const LONGEST_KEPT = 4000;

type Callback = (error: Error | null, rows?: unknown[]) => void;

/**
 * A connection that prepares each statement once. The driver otherwise goes to the thread pool three times for each
 * (prepare, run, finalize), which takes longer than most of them do. `all` reads a statement to its end, so that one
 * that is kept holds no view of the database.
 */
export class KeptStatements extends sqlite3.Database {
  /** The one that was used last stands last. */
  private readonly kept = new Map<string, sqlite3.Statement>();

  override all(sql: string, parameters: unknown, callback?: unknown): this {
    if (sql.length > LONGEST_KEPT) return super.all(sql, parameters, callback as Callback);
    const answer = callback as Callback;
    const kept = this.kept.get(sql);
    if (kept) {
      this.kept.delete(sql);
      this.kept.set(sql, kept);
      kept.all(parameters, answer);
      return this;
    }
    const statement = this.prepare(sql, (error: Error | null) => {
      if (error) return answer(error);
      this.keep(sql, statement);
      statement.all(parameters, answer);
    });
    return this;
  }

  /** SQLite closes no connection that has statements. */
  override close(callback?: (error: Error | null) => void): void {
    for (const statement of this.kept.values()) statement.finalize();
    this.kept.clear();
    super.close(callback);
  }

  private keep(sql: string, statement: sqlite3.Statement): void {
    // Two readers of the same connection may have prepared it at the same time.
    this.kept.get(sql)?.finalize();
    this.kept.set(sql, statement);
    if (this.kept.size <= MOST_KEPT) return;
    const [oldest, unused] = this.kept.entries().next().value!;
    this.kept.delete(oldest);
    unused.finalize();
  }
}
