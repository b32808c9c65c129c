const FIRST_MILLISECONDS = 1000;
const MOST_MILLISECONDS = 5 * 60_000;

/**
 * Twice as long after each failure, up to five minutes; up to a fifth more, so that what failed together is not tried
 * again together.
 * @param failures before this one.
 */
export function retryDelayMs(failures: number): number {
  const delay = Math.min(MOST_MILLISECONDS, FIRST_MILLISECONDS * 2 ** Math.min(failures, 20));
  return Math.round(delay * (1 + Math.random() / 5));
}
