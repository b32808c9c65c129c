import { describe, expect, it } from 'vitest';
import { flatten } from './flatten.js';
import { RecordRefusal } from './record-refusal.js';
import { type Json, LostValue, plainText, taggedText } from './scalars.js';

const tagged = (root: Json) => flatten(root, taggedText).fields;
const plain = (root: Json) => flatten(root, plainText).fields;
const string = (text: string) => ({ string: text });

describe('tagged values', () => {
  it('are printed by their type', () => {
    const root = {
      text: string('a'),
      integer: { integer: -7 },
      float: { float: 1e21 },
      yes: { boolean: true },
      no: { boolean: false },
      pattern: { regex: 'a.b' },
      time: { timestamp: '2021-01-01T00:00:00.500Z' },
      nothing: null,
    };
    expect(tagged(root)).toEqual({
      text: 'a',
      integer: '-7',
      float: '1000000000000000000000',
      yes: 'true',
      no: 'false',
      pattern: 'a.b',
      time: '2021-01-01 00:00:00.500 UTC',
      nothing: '',
    });
  });

  it('leave objects alone that look like one', () => {
    const root = { a: { string: string('x') }, b: { integer: null }, c: { float: { float: 0.5 } } };
    expect(tagged(root)).toEqual({ 'a.string': 'x', 'b.integer': '', 'c.float': '0.5' });
  });

  it.each([
    ['infinity', { float: null }],
    ['an integer beyond JavaScript', { integer: 9007199254740992 }],
    ['what may have been bytes', string('a\ufffdb')],
  ])('are lost: %s', (_, value) => {
    expect(() => tagged({ deep: [value] })).toThrow(LostValue);
  });

  it('keep the largest integers of JavaScript', () => {
    const root = { most: { integer: 9007199254740991 }, least: { integer: -9007199254740991 } };
    expect(tagged(root)).toEqual({ most: '9007199254740991', least: '-9007199254740991' });
  });

  it('that stand alone give the empty record', () => {
    for (const root of [null, string('x'), [string('x')], []]) expect(tagged(root)).toEqual({});
  });
});

describe('flatten', () => {
  it('joins names, numbers the items of arrays, and drops what is empty', () => {
    const root = { bar: { baz: ['a', [{ '': 'b' }]], none: {} }, empty: [], '': { x: 1 } };
    expect(plain(root)).toEqual({ 'bar.baz.0': 'a', 'bar.baz.1.0.': 'b', '.x': '1' });
  });

  it('takes the last of two values with one name', () => {
    expect(plain({ a: { b: 1 }, 'a.b': 2 })).toEqual({ 'a.b': '2' });
  });

  it('knows no special names', () => {
    const root = JSON.parse('{"__proto__": "p", "constructor": "c", "a": {"__proto__": "q"}}') as Json;
    expect(Object.entries(plain(root))).toEqual([
      ['__proto__', 'p'],
      ['constructor', 'c'],
      ['a.__proto__', 'q'],
    ]);
  });

  it('counts the bytes of names and values', () => {
    expect(flatten({ é: 'ab', c: [1] }, plainText).textBytes).toBe(2 + 2 + 3 + 1);
  });

  it('bounds the number of fields', () => {
    const items = (count: number) => ({ x: Array.from({ length: count }, () => 0) });
    expect(Object.keys(plain(items(20_000)))).toHaveLength(20_000);
    expect(() => plain(items(20_001))).toThrow(new RecordRefusal('the result has more than 20000 fields'));
  });

  it('bounds the text', () => {
    const half = 'x'.repeat(32 * 1024 * 1024 - 1);
    expect(Object.keys(plain({ a: half, b: half }))).toHaveLength(2);
    expect(() => plain({ a: half, b: half, c: '' })).toThrow(
      new RecordRefusal('the result has more than 64 MiB of text'),
    );
  });

  it('refuses what is nested too deeply', () => {
    let root: Json = 1;
    for (let depth = 0; depth < 100_000; depth++) root = { a: root };
    expect(() => plain(root)).toThrow(new RecordRefusal('the result is nested too deeply'));
  });
});
