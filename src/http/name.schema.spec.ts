import { describe, expect, it } from 'vitest';
import { nameSchema } from './name.schema.js';

describe('a name', () => {
  it.each([
    'a',
    '/',
    '..',
    '%',
    ':',
    ' ',
    'naïve',
    '日本語',
    '😀',
    '\u001b',
    'x'.repeat(255),
    'é'.repeat(127),
  ])('may be %j', (name) => expect(nameSchema.parse(name)).toBe(name));

  it.each(['', 'a\0b', '\ud800', '\udc00x', 'x'.repeat(256), 'é'.repeat(128), 7, null, undefined, []])(
    'may not be %j',
    (name) => expect(nameSchema.safeParse(name).success).toBe(false),
  );
});
