import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { answerTo } from '#src/database/portable-file/answer-to.js';
import { expectedSchemas } from '#src/database/portable-file/expected-schema.js';
import { openCheckedFile } from '#src/database/portable-file/open-checked-file.js';
import { addNotes, backUp, notesDefinition, openToy } from '../support/toy-database.js';

const LONG_NOTES = 'SELECT id FROM note WHERE length(body) > 10 AND stars = 0 ORDER BY id LIMIT 1';

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'flowg-questions-'))));
afterAll(() => rm(folder, { recursive: true }));

async function staged(versions: number, notes: number, body?: string) {
  const dataDir = join(folder, `${versions}-${notes}`);
  const toy = await openToy(dataDir, { versions });
  await addNotes(toy.notes, notes, body);
  const path = join(dataDir, 'backup.db');
  await backUp(toy.notes, path);
  await toy.databases.onApplicationShutdown();
  const definition = { ...notesDefinition(dataDir), questions: [LONG_NOTES] };
  const bytes = (await stat(path)).size;
  return openCheckedFile({ path, bytes, sha256: '' }, definition, await expectedSchemas(definition));
}

it.each([
  ['a small', 3, undefined],
  ['a large', 200, 'x'.repeat(90_000)],
])(
  'what a module asks is found by the check of %s file, until something is written',
  async (_, notes, body) => {
    const one = await staged(2, notes, body);
    expect(one.answers).toEqual({ [LONG_NOTES]: [{ id: 1 }] });
    expect(
      await answerTo({ ...one, read: () => Promise.reject(new Error('asked again')) }, LONG_NOTES),
    ).toEqual([{ id: 1 }]);
    await one.write((manager) => manager.query('DELETE FROM note WHERE id = 1'));
    expect(await answerTo(one, LONG_NOTES)).toEqual([{ id: 2 }]);
    await one.discard();
  },
);

it('is asked after migration where the file is of an older version', async () => {
  const one = await staged(1, 3);
  expect(one.answers).toEqual({});
  expect(await answerTo(one, LONG_NOTES)).toEqual([{ id: 1 }]);
  await one.discard();
});
