import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Databases } from '#src/database/databases.js';
import { armFailpoints } from '#src/failpoints.js';
import { MergeService } from '#src/logs/merge/merge.service.js';
import { logsSchema } from '#src/logs/logs.schema.js';

/** Merges a backup into the logs of a data folder, to be killed meanwhile: <data folder> <backup> <failpoints>. */
const [dataDir, backup, failpoints] = process.argv.slice(2);
const folders = Object.fromEntries(
  ['auth', 'config', 'logs', 'backup'].map((name) => [name, join(dataDir, name)]),
);
const databases = await Databases.create(dataDir, folders, { walBudgetBytes: 2 ** 26, diskReserveBytes: 0 });
const logs = await databases.open({
  ...logsSchema,
  name: 'logs',
  directory: folders.logs,
  durability: 'normal',
});
const path = logs.incomingPath();
const bytes = await readFile(backup);
await writeFile(path, bytes);
const staged = await logs.stage({ path, bytes: bytes.length, sha256: '' });
armFailpoints(failpoints);
process.stdout.write('merging\n');
await new MergeService(logs).merge(staged);
process.stdout.write('merged\n');
await databases.onApplicationShutdown();
