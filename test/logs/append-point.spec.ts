import type { EntityManager } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { execute } from '#src/database/sqlite/sqlite-data-source.js';
import { EntriesStore } from '#src/logs/entries/entries.store.js';
import type { LogsDatabase } from '#src/logs/logs.database.js';
import { logsSchema } from '#src/logs/logs.schema.js';
import { stagedInMemory, type StagedInMemory } from '../support/staged-in-memory.js';

let staged: StagedInMemory;
let door: { revision: number; scripts: number; looks: number; failing: boolean };
let store: EntriesStore;

beforeEach(async () => {
  staged = await stagedInMemory({ ...logsSchema, name: 'logs', directory: '', durability: 'full' });
  door = { revision: 1, scripts: 0, looks: 0, failing: false };
  const run = (work: (manager: EntityManager) => Promise<unknown>) => staged.generation.read(work);
  store = new EntriesStore({
    write: async (work: (manager: EntityManager, next: number) => Promise<unknown>) => {
      door.looks++;
      const result = await run((manager) => work(manager, door.revision + 1));
      door.revision++;
      return result;
    },
    writeScript: async (script: (revision: number, next: number) => string | undefined) => {
      const sql = script(door.revision, door.revision + 1);
      if (sql === undefined) return false;
      door.scripts++;
      if (door.failing) throw new Error('the disk is gone');
      await run((manager) => execute(manager.connection, sql));
      door.revision++;
      return true;
    },
  } as unknown as LogsDatabase);
});
afterEach(() => staged.close());

let time = 0;
const append = (stream: string, record: Record<string, string>) =>
  store.append(
    [{ stream, instant: { timestampMs: ++time, subNs: 0 }, record, fields: JSON.stringify(record) }],
    [],
  );
const fieldNames = async () =>
  ((await staged.query('SELECT name FROM stream_field ORDER BY name')) as { name: string }[]).map(
    ({ name }) => name,
  );
const ways = () => [door.looks, door.scripts];

describe('appends', () => {
  it('look only once at a stream, and need one trip from then on', async () => {
    for (const stream of ['a', 'a', 'a']) await append(stream, { n: '1' });
    expect(ways()).toEqual([1, 2]);
    for (const stream of ['b', 'a', 'b']) await append(stream, { n: '1' });
    expect(ways()).toEqual([2, 4]);
  });

  it('look again when somebody else has written, and not because a stream is full', async () => {
    await append('a', { n: '1' });
    door.revision++;
    await append('a', { n: '1' });
    expect(ways()).toEqual([2, 0]);
    await staged.query('UPDATE stream SET size_mb = 1');
    door.revision++;
    const half = { text: 'x'.repeat(400_000) };
    for (let n = 0; n < 4; n++) await append('a', half);
    // The third and the fourth hide older ones.
    expect(ways()).toEqual([3, 3]);
    const [stream] = (await staged.query('SELECT entry_bytes - hidden_bytes AS bytes FROM stream')) as {
      bytes: number;
    }[];
    expect(stream!.bytes).toBe(2 * (400_000 + '{"text":""}'.length + 64));
  });

  it('never give an id again, though the newest entry is gone', async () => {
    const [first] = (await append('a', { n: '1' })).entries;
    await staged.query('DELETE FROM entry');
    door.revision++;
    const [second] = (await append('a', { n: '1' })).entries;
    expect(second!.id).toBeGreaterThan(first!.id);
  });

  it('that fail leave nothing in what is remembered', async () => {
    await append('a', { first: '1' });
    door.failing = true;
    await expect(append('a', { second: '1' })).rejects.toThrow('the disk is gone');
    door.failing = false;
    // The number that the failed one would have made is now that of somebody else's write.
    door.revision++;
    const { entries } = await append('a', { second: '1' });
    expect(entries[0]!.id).toBeGreaterThan(1);
    expect(await fieldNames()).toEqual(['"first"', '"second"']);
    expect(ways()).toEqual([2, 1]);
  });
});
