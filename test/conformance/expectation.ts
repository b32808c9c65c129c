import { expect } from 'vitest';

/** What an answer must be. Matchers of vitest may stand for any value. */
export interface Expectation {
  status: number;
  /** `null`: the header must not be there. */
  headers?: Record<string, unknown>;
  /** The whole body: these properties in this order, and no other. */
  json?: unknown;
  /** The whole body, or what must be in it. */
  text?: string | RegExp;
}

/** The statuses of the contract, and those that we have added. */
const STATUS_CODES = {
  INVALID_ARGUMENT: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  TOO_LARGE: 413,
  TOO_MANY_REQUESTS: 429,
  BAD_GATEWAY: 502,
};

export const JSON_TYPE = 'application/json';
const A_LENGTH: unknown = expect.stringMatching(/^\d+$/);

export function matching(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}

/** A success with these properties behind `success`. */
export function success(properties: object = {}): Expectation {
  return {
    status: 200,
    headers: { 'content-type': JSON_TYPE, 'content-length': A_LENGTH },
    json: { success: true, ...properties },
  };
}

export function problem(
  code: keyof typeof STATUS_CODES,
  error: string | RegExp,
  context?: Record<string, unknown>,
): Expectation {
  return {
    status: STATUS_CODES[code],
    headers: { 'content-type': JSON_TYPE, 'content-length': A_LENGTH },
    json: {
      status: code,
      error: typeof error === 'string' ? error : matching(error),
      ...(context && { context }),
    },
  };
}

/** 400 for what is said in the body. */
export function invalid(error: string | RegExp, context?: Record<string, unknown>): Expectation {
  return problem('INVALID_ARGUMENT', error, context);
}

/** 400 for what is said in the path or the query, by `<in>:<name>`. */
export function invalidParameters(context: Record<string, unknown>): Expectation {
  return invalid(/^invalid argument: (validation failed|bad request)$/, context);
}

export const UUID = matching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

/** Of what is not a log: milliseconds, in UTC. */
export const INSTANT = matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

/** The server's clock with nanoseconds, zeros at the end left out, in UTC. */
export const TIMESTAMP = matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?Z$/);

/** The answer to a query: logs with these fields, newest first. */
export function logs(fields: object[], more: object = {}): Expectation {
  return {
    status: 200,
    headers: { 'content-type': JSON_TYPE, 'content-length': A_LENGTH, 'transfer-encoding': null },
    json: {
      success: true,
      records: fields.map((one) => ({ timestamp: TIMESTAMP, fields: one })),
      ...more,
    },
  };
}

export function notFound(kind: string, name: string): Expectation {
  return problem('NOT_FOUND', `not found: ${kind} ${JSON.stringify(name)} does not exist`);
}

export const NO_SUCH_ROUTE: Expectation = {
  status: 404,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  text: '404 page not found\n',
};

export function wrongMethod(...allowed: string[]): Expectation {
  const allow = expect.toSatisfy(
    (header: unknown) => typeof header === 'string' && sameNames(header.split(', '), allowed),
    `the methods ${allowed.join(', ')}`,
  ) as unknown;
  return { status: 405, headers: { allow, 'content-type': null }, text: '' };
}

function sameNames(some: string[], others: string[]): boolean {
  return some.toSorted().join() === others.toSorted().join();
}
