import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  jsonObject,
  lenientInteger,
  lenientList,
  lenientObject,
  lenientText,
  stringMap,
} from './lenient.schema.js';

const schema = jsonObject({
  text: lenientText,
  integer: lenientInteger,
  list: lenientList(lenientText),
  object: lenientObject({ text: lenientText }),
  map: stringMap,
});

const ZERO = { text: '', integer: 0, list: [], object: { text: '' }, map: {} };

describe('lenient schemas', () => {
  it('take what is absent or null for the zero value, and drop what nobody knows', () => {
    expect(schema.parse({ unknown: 1 })).toEqual(ZERO);
    expect(schema.parse({ text: null, integer: null, list: null, object: null, map: null })).toEqual(ZERO);
    expect(schema.parse({ list: [null], object: {}, map: { a: null } })).toEqual({
      ...ZERO,
      list: [''],
      map: { a: '' },
    });
  });

  it('find properties in any case, the last one counting, but no names that are data', () => {
    expect(schema.parse({ TEXT: 'a', Integer: 5, oBJECT: { Text: 'b' }, Map: { A: '1', a: '2' } })).toEqual({
      ...ZERO,
      text: 'a',
      integer: 5,
      object: { text: 'b' },
      map: { A: '1', a: '2' },
    });
    expect(schema.parse({ text: 'a', TEXT: 'b' }).text).toBe('b');
    expect(schema.parse({ TEXT: 'b', text: 'a' }).text).toBe('a');
    expect(schema.parse(JSON.parse('{"__proto__":{"text":"a"},"constructor":"b"}'))).toEqual(ZERO);
  });

  it.each([
    { text: 5 },
    { TEXT: 5 },
    { integer: '5' },
    { integer: 1.5 },
    { list: {} },
    { list: [5] },
    { object: [] },
    { object: 5 },
    { map: [] },
    { map: 'a' },
    { map: { a: 5 } },
    { map: { a: ['b'] } },
  ])('refuse %j', (value) => {
    expect(schema.safeParse(value).success).toBe(false);
  });
});

describe('lenientList', () => {
  it('is counted before anything in it is looked at', () => {
    const looked: unknown[] = [];
    const item = z.unknown().transform((value) => looked.push(value));
    expect(lenientList(item, 2).parse([1, 2])).toHaveLength(2);
    const { error } = lenientList(item, 2).safeParse([1, 2, 3]);
    expect(error!.issues[0]!.message).toBe('at most 2 are possible');
    expect(looked).toEqual([1, 2]);
  });
});

describe('stringMap', () => {
  it('keeps keys of any name', () => {
    const parsed = stringMap.parse(JSON.parse('{"__proto__":"a","constructor":"b","":"c"}'));
    expect(JSON.stringify(parsed)).toBe('{"__proto__":"a","constructor":"b","":"c"}');
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
  });

  it('names the first key that is wrong, and no other', () => {
    const { error } = stringMap.safeParse({ good: 'a', bad: 5, worse: [] });
    expect(error!.issues.map(({ path }) => path)).toEqual([['bad']]);
  });
});
