import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import type { ProblemCode } from '../problems.js';
import { PROBLEM_STATUS } from './problem-status.js';

/** What the explorer shows for each problem: when it is answered, and an answer as it comes. */
const EXAMPLES: Record<ProblemCode, { when: string; error: string }> = {
  INVALID_ARGUMENT: {
    when: 'The request is not as this page says; the text names what to change.',
    error: 'invalid argument: name: at least 1 character is needed',
  },
  UNAUTHENTICATED: {
    when: 'No token, an unknown one, or one that has expired.',
    error: 'unauthenticated: missing token',
  },
  PERMISSION_DENIED: {
    when: 'The token is valid, but its user lacks a permission that the route needs.',
    error: 'permission denied',
  },
  NOT_FOUND: { when: 'There is nothing of that name.', error: 'not found: pipeline "edge" does not exist' },
  INTERNAL: {
    when: 'The server failed. Its log has the cause under the id of the request.',
    error: 'internal: the server failed; its log has the cause under 5f0f6a3e6e0a-1kz',
  },
  TIMEOUT: {
    when: 'The body stopped coming.',
    error: 'no byte of the upload arrived for 120 seconds: send it again',
  },
  CONFLICT: {
    when: 'The request contradicts what is there or what is going on.',
    error: 'a restore of auth is running since 2026-01-31T09:30:00.000Z: try again when it has ended',
  },
  TOO_LARGE: {
    when: 'The body is larger than the server takes.',
    error: 'the request body is larger than 16777216 bytes: send less at a time',
  },
  TOO_MANY_REQUESTS: {
    when: 'Too many failed attempts; `Retry-After` says how many seconds to wait.',
    error: 'too many failed logins: try again in 60 seconds',
  },
  BAD_GATEWAY: {
    when: 'A server that this one was told to call did not answer as it should.',
    error: 'failed to send request: connect ECONNREFUSED 192.0.2.1:443',
  },
  UNAVAILABLE: { when: 'The server is starting or stopping.', error: 'the server is stopping' },
  INSUFFICIENT_STORAGE: {
    when: 'The disk of the server has no room for this. Nothing was changed.',
    error: "the server's disk is full; nothing was changed; free some space and try again",
  },
};

/** Documents the problems that a route may answer. */
export function ApiProblems(...codes: ProblemCode[]) {
  return applyDecorators(
    ...codes.map((code) =>
      ApiResponse({
        status: PROBLEM_STATUS[code],
        description: EXAMPLES[code].when,
        content: {
          'application/json': {
            schema: { $ref: '#/components/schemas/Problem' },
            example: { status: code, error: EXAMPLES[code].error },
          },
        },
      }),
    ),
  );
}
