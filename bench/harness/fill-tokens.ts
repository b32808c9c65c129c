import { SqliteConnection } from '#src/database/sqlite/sqlite-connection.js';
import { liveFiles } from '../../test/support/live-state.js';

/** Puts so many tokens that nobody knows into the auth database of a server that does not run. */
export async function fillTokens(dataDir: string, count: number): Promise<void> {
  const connection = await SqliteConnection.open((await liveFiles(dataDir)).auth, 'readwrite');
  await connection.exec(`
    INSERT INTO tokens (uuid, "user", hash)
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}),
        random AS (SELECT lower(hex(randomblob(16))) AS id, lower(hex(randomblob(32))) AS hash FROM n)
      SELECT format('%s-%s-4%s-8%s-%s', substr(id, 1, 8), substr(id, 9, 4), substr(id, 13, 3), substr(id, 16, 3),
        substr(id, 19, 12)), 'root', hash FROM random`);
  await connection.close();
}
