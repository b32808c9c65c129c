import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createManifestTable } from '../../database/portable-file/manifest-table.js';

/** Schema version 1. */
export class CreateAuth1764000000000 implements MigrationInterface {
  name = 'CreateAuth1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await createManifestTable(runner);
    await runner.query(`
      CREATE TABLE users (
        name TEXT NOT NULL PRIMARY KEY CHECK (name <> ''),
        password_hash TEXT NOT NULL
      ) STRICT`);
    await runner.query(`
      CREATE TABLE roles (
        name TEXT NOT NULL PRIMARY KEY CHECK (name <> '')
      ) STRICT`);
    await runner.query(`
      CREATE TABLE role_scopes (
        role TEXT NOT NULL REFERENCES roles (name) ON DELETE CASCADE,
        scope TEXT NOT NULL CHECK (scope <> ''),
        PRIMARY KEY (role, scope)
      ) STRICT`);
    // No reference to roles: a user keeps the name of a role that was deleted, and may be given one in advance.
    await runner.query(`
      CREATE TABLE user_roles (
        "user" TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
        role TEXT NOT NULL CHECK (role <> ''),
        PRIMARY KEY ("user", role)
      ) STRICT`);
    await runner.query(`
      CREATE TABLE tokens (
        uuid TEXT NOT NULL PRIMARY KEY,
        "user" TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
        hash TEXT NOT NULL UNIQUE CHECK (length(hash) = 64)
      ) STRICT`);
    // For the list of one user's tokens and for the deletion of a user.
    await runner.query('CREATE INDEX tokens_user ON tokens ("user")');
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['tokens', 'user_roles', 'role_scopes', 'roles', 'users', 'manifest'])
      await runner.query(`DROP TABLE ${table}`);
  }
}
