import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AuthRestorePolicy } from '#src/auth/auth-restore-policy.js';
import { authSchema } from '#src/auth/auth.schema.js';
import { CallersStore } from '#src/auth/callers.store.js';
import { StagedAuthStore } from '#src/auth/staged-auth.store.js';
import { TokensStore } from '#src/auth/tokens.store.js';
import { UsersStore } from '#src/auth/users.store.js';
import { Databases } from '#src/database/databases.js';

/** A hash that the server accepts, of a password nobody knows. */
export const SOME_HASH = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;

/** The auth database of a server on a data folder of its own, without the server around it. */
export class AuthFixture {
  private constructor(
    private readonly folder: string,
    readonly databases: Databases,
  ) {}

  static async create(): Promise<AuthFixture> {
    const folder = await mkdtemp(join(tmpdir(), 'flowg-test-'));
    const directories = { auth: 'auth', config: 'config', logs: 'logs', backup: 'backup' };
    for (const [name, directory] of Object.entries(directories))
      Object.assign(directories, { [name]: join(folder, directory) });
    const limits = { walBudgetBytes: 2 ** 20, diskReserveBytes: 0, undoCount: 0, undoMilliseconds: 0 };
    const databases = await Databases.create(folder, directories, limits);
    await databases.open({ ...authSchema, name: 'auth', directory: directories.auth, durability: 'normal' });
    return new AuthFixture(folder, databases);
  }

  get database() {
    return this.databases.get('auth');
  }

  get policy(): AuthRestorePolicy {
    const callers = new CallersStore(this.database);
    return new AuthRestorePolicy(
      new StagedAuthStore(),
      callers,
      new UsersStore(this.database),
      new TokensStore(this.database),
    );
  }

  /** As after the very first start, but without its role and its user. */
  clear(): Promise<void> {
    return this.sql('DELETE FROM users', 'DELETE FROM roles');
  }

  /** Runs statements on the live database: also such as no service would. */
  async sql(...statements: string[]): Promise<void> {
    await this.database.write(async (manager) => {
      for (const statement of statements) await manager.query(statement);
    });
  }

  /** Takes a backup of another auth database and stages it here, all checks of the file included. */
  async stageBackupOf(other: AuthFixture) {
    const snapshot = await other.database.snapshot();
    const path = this.database.incomingPath();
    await pipeline(snapshot.stream(), createWriteStream(path));
    await snapshot.release();
    return this.database.stage({ path, bytes: snapshot.size, sha256: randomUUID() });
  }

  async remove(): Promise<void> {
    await this.databases.onApplicationShutdown();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Statements that make a user whose one role has these scopes. */
export function userWith(name: string, scopes: string[], passwordHash = SOME_HASH): string[] {
  return [
    `INSERT INTO users VALUES ('${name}', '${passwordHash}')`,
    `INSERT INTO roles VALUES ('${name}-role')`,
    `INSERT INTO user_roles VALUES ('${name}', '${name}-role')`,
    ...scopes.map((scope) => `INSERT INTO role_scopes VALUES ('${name}-role', '${scope}')`),
  ];
}
