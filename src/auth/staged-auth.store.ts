import { Injectable } from '@nestjs/common';
import { objectText, requireUtf8 } from '../database/portable-file/require-content.js';
import type { AuthRows } from './auth.database.js';
import type { Permission } from './permissions.js';

const COLUMNS = {
  users: ['name', 'password_hash'],
  roles: ['name'],
  role_scopes: ['role', 'scope'],
  user_roles: ['user', 'role'],
  tokens: ['uuid', 'user', 'hash'],
} as const;

type Table = keyof typeof COLUMNS;
export type StagedRow<Name extends Table> = Record<(typeof COLUMNS)[Name][number], string>;

/** Rows in memory at a time: a foreign file may hold any number. */
const PAGE_ROWS = 500;

/** What has to be known of a generation before it may become the live one. */
@Injectable()
export class StagedAuthStore {
  /** All rows of a table, page by page. @throws FileRefusal for a text that is not UTF-8 and would be read as another. */
  async *rows<Name extends Table>(table: Name, rows: AuthRows): AsyncGenerator<StagedRow<Name>> {
    const texts = COLUMNS[table].map(
      (column) => `"${column}", CAST("${column}" AS BLOB) AS "${column} bytes"`,
    );
    const columns = `CAST(rowid AS TEXT) AS place, ${texts.join()}`;
    for (let last: string | undefined; ;) {
      // As text: a foreign file may number its rows beyond what a number of JavaScript tells apart.
      const behind = last === undefined ? '' : `WHERE rowid > ${last}`;
      const query = `SELECT ${columns} FROM ${table} ${behind} ORDER BY rowid LIMIT ${PAGE_ROWS}`;
      const page = await rows.read((manager) => manager.query<Record<string, unknown>[]>(query));
      for (const row of page) {
        for (const column of COLUMNS[table]) {
          requireUtf8(row[`${column} bytes`] as Buffer, objectText(`${table} row`, String(row[column])));
        }
        yield row as StagedRow<Name>;
      }
      if (page.length < PAGE_ROWS) return;
      last = page.at(-1)!.place as string;
    }
  }

  /** True when some user has a role with this scope. */
  async anybodyHas(scope: Permission, rows: AuthRows): Promise<boolean> {
    const found = await rows.read((manager) =>
      manager.query<unknown[]>(
        `SELECT 1 FROM users
         JOIN user_roles ON user_roles."user" = users.name
         JOIN role_scopes ON role_scopes.role = user_roles.role
         WHERE role_scopes.scope = ? LIMIT 1`,
        [scope],
      ),
    );
    return found.length > 0;
  }
}
