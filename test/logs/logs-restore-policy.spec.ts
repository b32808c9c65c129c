import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogsRestorePolicy } from '#src/logs/logs-restore-policy.js';
import { logsSchema } from '#src/logs/logs.schema.js';
import { stagedInMemory, type StagedInMemory } from '../support/staged-in-memory.js';

let staged: StagedInMemory;
const policy = new LogsRestorePolicy();
const refusal = () =>
  policy.validate(staged.generation).then(
    () => undefined,
    (error: { check: string; message: string }) => [error.check, error.message],
  );

const stream = (
  id: number,
  name: unknown,
  more: { ttl?: number; indexed?: string; count?: number; bytes?: number } = {},
) =>
  staged.query(
    `INSERT INTO stream (id, name, ttl_seconds, indexed_fields, entry_count, entry_bytes)
     VALUES (?, CAST(? AS TEXT), ?, ?, ?, ?)`,
    [id, name, more.ttl ?? 0, more.indexed ?? '[]', more.count ?? 0, more.bytes ?? (more.count ?? 0) * 66],
  );

const entry = (id: number, fields = '{}', timestampMs = 0, subNs = 0) =>
  staged.query('INSERT INTO entry (id, stream_id, timestamp_ms, sub_ns, fields) VALUES (?, 1, ?, ?, ?)', [
    id,
    timestampMs,
    subNs,
    fields,
  ]);

beforeEach(async () => {
  staged = await stagedInMemory({ ...logsSchema, name: 'logs', directory: '', durability: 'full' });
});
afterEach(() => staged.close());

describe('LogsRestorePolicy', () => {
  it('lets in what the API writes, a stream that is being emptied too', async () => {
    expect(await refusal()).toBeUndefined();
    await stream(1, 'a/b', { ttl: -5, indexed: '["a","\\u0000"]', count: 2, bytes: 139 });
    await stream(2, null);
    await entry(1, '{"a":"b"}', 253_402_300_799_999, 999_999);
    await entry(2);
    await staged.query(`INSERT INTO stream_field VALUES (1, '"a"'), (2, '"\\ud800"')`);
    expect(await refusal()).toBeUndefined();
  });

  it.each([
    ['x'.repeat(256), {}, /^stream "x{80}…" is not valid: name: at most 255 bytes/],
    ['a\0b', {}, /^stream "a\\u0000b" is not valid/],
    [Buffer.from([0xc3]), {}, /is not valid: its name is not UTF-8$/],
    ['s', { indexed: '[5]' }, /^stream "s" is not valid: indexedFields.0: /],
    ['s', { ttl: 2 ** 60 }, /^stream "s" is not valid: ttl: /],
    ['s', { count: 1 }, /^stream "s" does not have as many entries, or bytes, as it says$/],
    ['s', { bytes: 1 }, /^stream "s" does not have as many entries, or bytes, as it says$/],
  ])('refuses the stream %j with %j', async (name, more, sentence) => {
    await stream(1, 'fine');
    await stream(2, name, more);
    expect(await refusal()).toEqual(['content', expect.stringMatching(sentence)]);
  });

  it('refuses ids that leave no room for new ones', async () => {
    await stream(1, 's', { count: 1 });
    await entry(2 ** 52 - 1);
    expect(await refusal()).toEqual(['content', 'the ids in the file leave no room for new ones']);
  });

  /** Of one entry, in a stream that says nothing untrue of it. */
  const refusalOfEntry = async (fields: string) => {
    await staged.query('DELETE FROM entry');
    await staged.query('DELETE FROM stream');
    await stream(1, 's', { count: 1, bytes: Buffer.byteLength(fields) + 64 });
    await entry(1, fields);
    return refusal();
  };
  const notText = ['content', expect.stringMatching(/^entry 1 is not valid: its fields are not text/)];

  it.each(['5', '-0.5', 'true', 'null', '[]', '{}', '["a"]', '{"b":"c"}'])(
    'refuses entries with the value %s, however the JSON is laid out',
    async (value) => {
      for (const space of ['', ' ', '\t', '\n', '\r', ' \n\t '])
        for (const [before, after] of [
          [space, space],
          [space, ''],
          ['', space],
        ])
          for (const name of ['a', 'a\\"', '\\\\', '', 'é', '":'.replace('"', '\\"')])
            for (const text of [
              `"${name}"${before}:${after}${value}`,
              `"x": "y", "${name}"${before}:${after}${value}`,
            ])
              expect(await refusalOfEntry(`{${text}}`), text).toEqual(notText);
    },
  );

  it.each(['{}\0x', '{"a":"b"}\0', '{"a":"b"}\0{"c":5}'])(
    'refuses what goes on behind its JSON: %j',
    async (fields) => {
      expect(await refusalOfEntry(fields)).toEqual(notText);
    },
  );

  it.each([
    '{}',
    ' { } ',
    '{"a":"b"}',
    '{ "a" : "b" ,\n\t"c"\r: "d" }',
    String.raw`{"a":"he said \": 5\", and \" : {"}`,
    String.raw`{"\":":"\":[1]","\\":"","é":"\u0000"}`,
  ])('lets in %s', async (fields) => {
    expect(await refusalOfEntry(fields)).toBeUndefined();
  });

  it('leaves to the CHECKs of the tables what they refuse', async () => {
    await stream(1, 's');
    for (const fields of ['', '[]', '5', '{a:1}', "{'a':'b'}", '{"a":"b",}', '{"a":"\n"}', '{} x'])
      await expect(entry(1, fields), fields).rejects.toThrow('CHECK');
    for (const [id, timestampMs, subNs] of [
      [0, 0, 0],
      [2 ** 52, 0, 0],
      [1, -1, 0],
      [1, 253_402_300_800_000, 0],
      [1, 0, -1],
      [1, 0, 1_000_000],
    ] as const)
      await expect(entry(id, '{}', timestampMs, subNs)).rejects.toThrow('CHECK');
    for (const name of ['a', '5', 'null', '["a"]', '"a'])
      await expect(staged.query('INSERT INTO stream_field VALUES (1, ?)', [name]), name).rejects.toThrow(
        'CHECK',
      );
    await expect(stream(2, '')).rejects.toThrow('CHECK');
    await expect(stream(2, 't', { indexed: '{}' })).rejects.toThrow('CHECK');
    await expect(stream(2, 't', { count: -1 })).rejects.toThrow('CHECK');
  });
});
