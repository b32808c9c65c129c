import { expect } from 'vitest';
import type { Reply } from './api.js';
import type { Expectation } from './expectation.js';

/** Compares an answer with what it must be, to the letter. */
export function check(reply: Reply, { status, headers = {}, json, text }: Expectation): void {
  expect(reply.status, reply.text).toBe(status);
  for (const [name, value] of Object.entries(headers)) expect(reply.headers.get(name), name).toEqual(value);
  const length = reply.headers.get('content-length');
  if (length !== null && reply.bytes.length > 0) expect(Number(length)).toBe(reply.bytes.length);
  if (json !== undefined) expectJson(reply.text, json);
  if (typeof text === 'string') expect(reply.text).toBe(text);
  else if (text) expect(reply.text).toMatch(text);
}

/** Compact, nothing escaped that need not be, keys in the order of `expected`, a line feed behind it. */
function expectJson(text: string, expected: unknown): void {
  const value: unknown = JSON.parse(text);
  expect(value).toEqual(expected);
  expect(text).toBe(`${JSON.stringify(inOrderOf(expected, value))}\n`);
}

/** The value with its keys in the order of something that is equal to it. */
function inOrderOf(expected: unknown, value: unknown): unknown {
  if (typeof expected !== 'object' || expected === null || 'asymmetricMatch' in expected) return value;
  if (Array.isArray(expected))
    return expected.map((item, place) => inOrderOf(item, (value as unknown[])[place]));
  return Object.fromEntries(
    Object.entries(expected).map(([key, item]) => [
      key,
      inOrderOf(item, (value as Record<string, unknown>)[key]),
    ]),
  );
}
