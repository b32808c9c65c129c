import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { authSchema } from '../../auth/auth.schema.js';
import { configSchema } from '../../config/config.schema.js';
import type { DatabaseDefinition } from '../../database/database-definition.js';
import type { PortableFile, RestorableName } from '../../database/database.js';
import { manifestScript } from '../../database/portable-file/manifest-table.js';
import { migrate } from '../../database/sqlite/migrate.js';
import { SqliteConnection } from '../../database/sqlite/sqlite-connection.js';
import { openInMemory } from '../../database/sqlite/sqlite-data-source.js';
import { logsSchema } from '../../logs/logs.schema.js';
import type { GrowingFile } from './growing-file.js';

const SCHEMAS = { auth: authSchema, config: configSchema, logs: logsSchema };
const CACHE_KIBIBYTES = 64 * 1024;

/**
 * A portable file in the making: the newest schema with nothing in it, to be filled with rows by plain SQL. Nobody else has
 * it open, and it is thrown away when anything fails, so that it needs neither journal nor syncs.
 */
export class PortableOutput {
  private constructor(
    private readonly path: string,
    private readonly definition: DatabaseDefinition,
    private readonly connection: SqliteConnection,
    private readonly growth: GrowingFile,
  ) {}

  /** @param path of a file that does not exist yet. */
  static async create(path: string, name: RestorableName, growth: GrowingFile): Promise<PortableOutput> {
    const definition = { ...SCHEMAS[name], name, directory: dirname(path), durability: 'full' as const };
    const empty = await openInMemory(definition);
    await migrate(empty, definition);
    await empty.query('VACUUM INTO ?', [path]);
    await empty.destroy();
    const connection = await SqliteConnection.open(path, 'readwrite');
    await connection.exec(
      `PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON;
       PRAGMA cache_size = -${CACHE_KIBIBYTES}; BEGIN`,
    );
    return new PortableOutput(path, definition, connection, growth);
  }

  /** Runs a statement that writes. @param bytes that it adds to the file, roughly. */
  async run(sql: string, parameters: unknown[], bytes: number): Promise<void> {
    await this.growth.grow(bytes);
    await this.connection.all(sql, parameters);
  }

  query<Row>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return this.connection.all<Row>(sql, parameters);
  }

  /** Writes down what is in it, and closes it. @param onProgress is called every now and then. */
  async finish(onProgress: () => void): Promise<PortableFile> {
    await this.connection.exec(`${manifestScript(this.definition, new Date())}; COMMIT`);
    await this.connection.close();
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(this.path)) {
      hash.update(chunk as Buffer);
      onProgress();
    }
    return { path: this.path, bytes: (await stat(this.path)).size, sha256: hash.digest('hex') };
  }
}
