/**
 * Everything that can go wrong in the domain, as a closed list that knows nothing of HTTP.
 * `http/problem-status.ts` maps each code to a status, `http/problem.filter.ts` writes the body.
 */
export const PROBLEM_CODES = [
  'INVALID_ARGUMENT',
  'UNAUTHENTICATED',
  'PERMISSION_DENIED',
  'NOT_FOUND',
  'TIMEOUT',
  'CONFLICT',
  'TOO_LARGE',
  'TOO_MANY_REQUESTS',
  'INTERNAL',
  'BAD_GATEWAY',
  'UNAVAILABLE',
  'INSUFFICIENT_STORAGE',
] as const;

export type ProblemCode = (typeof PROBLEM_CODES)[number];

export interface ProblemDetails {
  /** What the log shows and no client ever sees. */
  cause?: unknown;
  /** Machine-readable detail for the client: `"<in>:<name>"` (as `query:from`) to a list of sentences. */
  context?: Record<string, string[]>;
  /** Seconds after which the same request may succeed. */
  retryAfterSeconds?: number;
}

/** A refusal that a client may read: `message` is public text, `cause` stays in the log. */
export class Problem extends Error {
  readonly context?: Record<string, string[]>;
  readonly retryAfterSeconds?: number;

  constructor(
    readonly code: ProblemCode,
    publicText: string,
    details: ProblemDetails = {},
  ) {
    super(publicText, { cause: details.cause });
    this.name = 'Problem';
    this.context = details.context;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}

export function invalidArgument(text: string, context?: Record<string, string[]>): Problem {
  return new Problem('INVALID_ARGUMENT', text, { context });
}

export function notFound(text: string): Problem {
  return new Problem('NOT_FOUND', text);
}
