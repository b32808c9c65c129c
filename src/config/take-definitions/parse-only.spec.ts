import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameSchema } from '../../http/name.schema.js';
import { Problem } from '../../problems.js';
import { DEFINITION_KINDS, MOST_DEFINITIONS } from './definition-names.js';
import { parseOnly } from './parse-only.js';

const name = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1 }),
    fc.constantFrom('a,b', '100%', '%2C', 'a/b', ' ', '__proto__'),
  )
  .filter((text) => nameSchema.safeParse(text).success);
const item = fc.record({ kind: fc.constantFrom(...DEFINITION_KINDS), name });

/** As little as has to be written differently. */
const written = (text: string) => text.replaceAll('%', '%25').replaceAll(',', '%2C');

describe('parseOnly', () => {
  it('reads names of any characters, written as little differently as possible, or all encoded', () => {
    const items = fc.uniqueArray(item, {
      selector: ({ kind, name: text }) => `${kind}/${text}`,
      minLength: 1,
      maxLength: 10,
    });
    fc.assert(
      fc.property(items, fc.constantFrom(written, encodeURIComponent), (list, write) => {
        const text = list.map((one) => `${one.kind}/${write(one.name)}`).join(',');
        const names = parseOnly(text);
        for (const kind of DEFINITION_KINDS)
          expect(names[kind]).toEqual(list.filter((one) => one.kind === kind).map((one) => one.name));
      }),
    );
  });

  it.each([
    ['', /^nothing is named: write transformers\/NAME/],
    ['  ', /^nothing is named/],
    ['default', /^"default" is not the name of a definition: write/],
    ['pipelines/a,', /^"" is not the name of a definition/],
    ['pipeline/default', /^"pipeline\/default" is of an unknown kind: write/],
    ['streams/default', /is of an unknown kind/],
    ['Pipelines/default', /is of an unknown kind/],
    ['pipelines/', /^"pipelines\/" cannot be a name: at least 1 character/],
    ['pipelines/a%00b', /cannot be a name: without NUL/],
    [`alerts/${'é'.repeat(128)}`, /cannot be a name: at most 255 bytes/],
    ['alerts/100%', /^"alerts\/100%" has a % that begins no percent-encoding: write % in a name as %25$/],
    ['alerts/%ff', /begins no percent-encoding/],
    ['alerts/a,pipelines/a,alerts/%61', /^alert "a" is named twice: name it once$/],
    ['x,'.repeat(100_000), /^more than 100 definitions: take fewer at a time/],
  ])('refuses %j', (text, sentence) => {
    const refusal = refusalOf(text);
    expect([refusal.code, refusal.context]).toEqual([
      'INVALID_ARGUMENT',
      { 'query:only': [expect.stringMatching(sentence)] },
    ]);
    expect(refusal.message).toBe(`invalid argument: only: ${refusal.context!['query:only']![0]}`);
  });

  it('takes as many as are possible', () => {
    const text = Array.from({ length: MOST_DEFINITIONS }, (_, n) => `alerts/${n}`).join(',');
    expect(parseOnly(text).alerts).toHaveLength(MOST_DEFINITIONS);
    expect(refusalOf(`${text},alerts/more`).message).toContain('more than 100 definitions');
  });
});

function refusalOf(text: string): Problem {
  try {
    parseOnly(text);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
