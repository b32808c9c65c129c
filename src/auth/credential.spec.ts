import { describe, expect, it } from 'vitest';
import { decodeAuthorization } from './credential.js';

describe('the Authorization header', () => {
  it.each([
    ['Bearer pat:pat_abc', 'pat', 'pat_abc'],
    ['bearer PAT:pat_abc', 'pat', 'pat_abc'],
    ['BEARER Pat:Whatever it is', 'pat', 'Whatever it is'],
    ['Bearer jwt:a.b.c', 'jwt', 'a.b.c'],
    ['bearer JWT:not a token', 'jwt', 'not a token'],
    ['Bearer pat_abc', 'pat', 'pat_abc'],
    ['Bearer jwt_a.b.c', 'jwt', 'a.b.c'],
    ['Bearer a.b.c', 'jwt', 'a.b.c'],
    ['bearer a.b.c', 'jwt', 'a.b.c'],
    ['Bearer a-_9.b.', 'jwt', 'a-_9.b.'],
    ['bearer pat_abc', 'pat', 'pat_abc'],
  ])('%j carries a %s', (header, kind, token) => {
    expect(decodeAuthorization(header)).toEqual({ kind, token });
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearer pat:',
    'Bearer jwt:',
    'Bearer secret',
    'Bearer a.b',
    'Bearer a.b.c.d',
    'Bearer a.b.c ',
    'Basic cm9vdDpyb290',
    'pat:pat_abc',
    'pat_abc',
    'XBearer pat:pat_abc',
  ])('%j carries nothing', (header) => expect(decodeAuthorization(header)).toBeUndefined());
});
