import type { EntityManager } from 'typeorm';
import { expect, it } from 'vitest';
import { EVERYTHING } from '#src/logs/query/entry-filter.js';
import { TimeWalk } from '#src/logs/query/time-walk.store.js';

it('no statement of a page has a LIMIT for which SQLite plans it anew, whatever its value', async () => {
  const statements: string[] = [];
  const manager = {
    query: (sql: string) => {
      statements.push(sql);
      return Promise.resolve([{ ids: '[]', sizes: '[]', matched: 0, bytes: null, text: null }]);
    },
  } as unknown as EntityManager;
  const view = { stream: 's', streamId: 1, newestId: 9, floorMs: -1, floorId: 0, nowMs: 0 };
  const walk = new TimeWalk(view, 0, EVERYTHING);
  await walk.step(manager, { timestampMs: 5, id: 3 }, 10, { rows: 10, bytes: 100, texts: 10 });
  // The page, and where the look for it has ended.
  expect(statements).toHaveLength(2);
  expect(statements[0]).toContain('LIMIT ? + 0');
  for (const sql of statements) expect(sql).not.toMatch(/LIMIT \?(?! \+ 0)/);
});
