import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SqliteConnection } from '#src/database/sqlite/sqlite-connection.js';
import { download, upload } from '../support/backup-client.js';
import { TestServer } from '../support/test-server.js';

it('a backup with a value that no request could have brought is refused; the server never reads it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'flowg-huge-'));
  const file = join(folder, 'huge.db');
  const server = await TestServer.start();
  const token = await server.login();
  await writeFile(file, (await download(server, token, 'config')).bytes);
  const connection = await SqliteConnection.open(file, 'readwrite');
  await connection.exec(
    `INSERT INTO transformers (name, script) VALUES ('huge', hex(zeroblob(70000000)));
     UPDATE manifest SET row_counts = json_set(row_counts, '$.transformers', 1)`,
  );
  await connection.close();
  const answer = await upload(server, token, 'config', await readFile(file));
  expect(answer.status, answer.text).toBe(400);
  expect(answer.body.error).toMatch(
    /check "content": a script in transformers is larger than 134217728 bytes/,
  );
  expect(await server.ok('GET', '/api/v1/transformers', { token })).toMatchObject({ transformers: [] });
  await server.stop();
  await rm(folder, { recursive: true });
});
