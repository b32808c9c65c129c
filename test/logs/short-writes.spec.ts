import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ShortWrites } from '#src/logs/entries/short-writes.store.js';
import type { LogsDatabase } from '#src/logs/logs.database.js';

let clockMs = 0;

beforeEach(() => void vi.spyOn(performance, 'now').mockImplementation(() => clockMs));
afterEach(() => void vi.restoreAllMocks());

/** A database on which each row takes so long, and which has a turn for a write only after a while. Its scripts are milliseconds. */
function slowDatabase(): { rows: number[]; writes: ShortWrites; millisecondsOfRow: number } {
  const database = {
    read: <T>(look: (manager: unknown) => Promise<T>): Promise<T> => look(undefined),
    writeUnseen(script: () => string): Promise<void> {
      clockMs += 20;
      clockMs += Number(script());
      return Promise.resolve();
    },
  } as unknown as LogsDatabase;
  return { rows: [], writes: new ShortWrites(database), millisecondsOfRow: 0 };
}

async function writePieces(on: ReturnType<typeof slowDatabase>, pieces: number): Promise<void> {
  for (let piece = 0; piece < pieces; piece++)
    await on.writes.piece((_manager, rows) => {
      on.rows.push(rows);
      return Promise.resolve(String(rows * on.millisecondsOfRow));
    });
}

it('are as large as they may be without others waiting for long', async () => {
  const on = slowDatabase();
  on.millisecondsOfRow = 0.001;
  await writePieces(on, 12);
  expect(on.rows.at(-1)).toBeGreaterThan(1000);
  on.millisecondsOfRow = 0.05;
  await writePieces(on, 12);
  expect(on.rows.at(-1)).toBeLessThan(120);
  on.millisecondsOfRow = 5;
  await writePieces(on, 4);
  expect(on.rows.at(-1)).toBe(20);
});
