import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigRestorePolicy } from '#src/config/config-restore-policy.js';
import { configSchema } from '#src/config/config.schema.js';
import { stagedInMemory, type StagedInMemory } from '../support/staged-in-memory.js';

let staged: StagedInMemory;
const policy = new ConfigRestorePolicy();
const refusal = () =>
  policy.validate(staged.generation).then(
    () => undefined,
    (error: { check: string; message: string }) => [error.check, error.message],
  );
const insert = (table: string, name: unknown, content: string) =>
  staged.query(`INSERT INTO ${table} VALUES (${typeof name === 'string' ? '?' : 'CAST(? AS TEXT)'}, ?)`, [
    name,
    content,
  ]);

beforeEach(async () => {
  staged = await stagedInMemory({ ...configSchema, name: 'config', directory: '', durability: 'full' });
});
afterEach(() => staged.close());

describe('ConfigRestorePolicy', () => {
  it('lets in what the API lets in', async () => {
    expect(await refusal()).toBeUndefined();
    for (const name of ['a', 'b/c', '🙂', '__proto__']) {
      await insert('transformers', name, '. = ');
      await insert('pipelines', name, '{"nodes":null,"edges":[{"id":"e","animated":true}]}');
      await insert('alerts', name, '{"url":"x","headers":null}');
    }
    expect(await refusal()).toBeUndefined();
  });

  it.each([
    ['transformers', 'x'.repeat(256), '', /^transformer "x{80}…" is not valid: at most 255 bytes/],
    ['transformers', 'a\0b', '', /^transformer "a\\u0000b" is not valid/],
    ['transformers', Buffer.from([0x61, 0xff]), '', /^transformer "a.+" is not valid: its name is not UTF-8/],
    ['pipelines', 'p', '[]', /^pipeline "p" is not valid/],
    ['pipelines', 'p', '{"version":9}', /^pipeline "p" is not valid: version: /],
    [
      'pipelines',
      'p',
      '{"nodes":[{"data":{"stream":5}}]}',
      /^pipeline "p" is not valid: nodes.0.data.stream: /,
    ],
    ['alerts', 'w', '"text"', /^alert "w" is not valid/],
    ['alerts', 'w', '{"headers":{"a":["b"]}}', /^alert "w" is not valid: headers.a: /],
  ])('refuses a row of %s called %j with %s', async (table, name, content, sentence) => {
    await insert(table, 'fine', table === 'transformers' ? '' : '{}');
    await insert(table, name, content);
    expect(await refusal()).toEqual(['content', expect.stringMatching(sentence)]);
  });

  it('leaves to the CHECKs of the tables what they refuse', async () => {
    await expect(insert('transformers', '', '')).rejects.toThrow('CHECK');
    await expect(insert('pipelines', 'p', '{version:1}')).rejects.toThrow('CHECK');
    await expect(insert('alerts', 'w', 'nothing')).rejects.toThrow('CHECK');
  });
});
