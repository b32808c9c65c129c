import type { ProblemCode } from '../problems.js';

/** The one place where a problem becomes an HTTP status. The first lines are the reference's own. */
export const PROBLEM_STATUS: Record<ProblemCode, number> = {
  INVALID_ARGUMENT: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  INTERNAL: 500,
  TIMEOUT: 408,
  CONFLICT: 409,
  TOO_LARGE: 413,
  TOO_MANY_REQUESTS: 429,
  BAD_GATEWAY: 502,
  UNAVAILABLE: 503,
  INSUFFICIENT_STORAGE: 507,
};
