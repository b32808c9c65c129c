import { z } from 'zod';
import { FileRefusal } from '../../../database/portable-file/file-refusal.js';
import { nameSchema } from '../../../http/name.schema.js';
import type { Converter, KeyItem } from '../converter.js';
import { cutBehindKnown, cutFirst, cutLast, nameOf } from '../flowg-key.js';
import { addNote, type ImportReport, MOST_NAMED_USERS } from '../import-report.js';
import type { PortableOutput } from '../portable-output.store.js';
import { hashOfNoPassword, isUsablePasswordHash, isUsableTokenHash } from './usable-hashes.js';
import { scopeName } from './scope-names.js';

/** Their names are held in memory. */
const MOST_USERS = 100_000;
/** What a row takes besides its texts, roughly. */
const ROW_BYTES = 100;

const uuidSchema = z.uuid().lowercase();

/**
 * Keys of FlowG's `auth` database: `index:user:U`, `user:U:password`, `user:U:role:R`, `pat:U:UUID`, `index:role:R`,
 * `role:R:SCOPE`; since v0.61 also `index:pat:HASH` and `provider:TYPE:NAME`.
 */
export class AuthConverter implements Converter {
  private readonly users = new Set<string>();
  private readonly withoutPassword = new Set<string>();
  private tokensLost = 0;

  constructor(
    private readonly output: PortableOutput,
    private readonly report: ImportReport,
  ) {}

  /** By their bytes alone: `index` comes before everything that belongs to a user. */
  placeOf(): number {
    return 0;
  }

  async convert(items: KeyItem[]): Promise<void> {
    for (const item of items) {
      if (item.family === 'index') await this.addIndexed(item);
      else if (item.family === 'pat') await this.addToken(item);
      else if (item.family === 'role') await this.addScope(item);
      else if (item.family === 'user') await this.addUserPart(item);
      else
        addNote(
          this.report.skipped,
          'auth provider',
          nameOf(item.rest),
          'logins of other services are not known here',
        );
    }
  }

  finish(): Promise<void> {
    const first = [...this.withoutPassword].slice(0, MOST_NAMED_USERS);
    this.report.passwordsLost = { first, count: this.withoutPassword.size };
    this.report.tokensLost = this.tokensLost;
    return Promise.resolve();
  }

  private async addIndexed({ rest, separator }: KeyItem): Promise<void> {
    const [kind, text] = cutFirst(rest, separator)!;
    const name = nameOf(text);
    if (kind === 'role' && this.isValid('role', name)) await this.addRole(name);
    if (kind === 'user' && this.isValid('user', name)) await this.addUser(name);
  }

  private async addUser(name: string): Promise<void> {
    if (this.users.size >= MOST_USERS)
      throw new FileRefusal('content', `the file has more than ${MOST_USERS} users, which is too many`);
    this.users.add(name);
    this.withoutPassword.add(name);
    await this.insert('users (name, password_hash)', [name, hashOfNoPassword()]);
  }

  private addRole(name: string): Promise<void> {
    return this.insert('roles (name)', [name]);
  }

  private async addToken({ rest, separator, value }: KeyItem): Promise<void> {
    const [user, uuid] = cutLast(rest, separator) ?? ['', ''];
    const hash = value.toString();
    if (!this.users.has(nameOf(user))) return;
    if (isUsableTokenHash(hash) && uuidSchema.safeParse(uuid).success)
      await this.insert('tokens (uuid, "user", hash)', [uuid, nameOf(user), hash]);
    else this.tokensLost++;
  }

  /** A role may be in use without being listed. */
  private async addScope({ rest, separator }: KeyItem): Promise<void> {
    const [role, scope] = cutLast(rest, separator) ?? ['', ''];
    const name = nameOf(role);
    if (!this.isValid('role', name)) return;
    await this.addRole(name);
    const known = scopeName(scope);
    if (known) await this.insert('role_scopes (role, scope)', [name, known]);
    else addNote(this.report.skipped, 'scope', `${name}: ${scope}`, 'there is no such permission here');
  }

  /** What is left of a user who is not listed any more is not looked at, as FlowG does not. */
  private async addUserPart({ rest, separator, value }: KeyItem): Promise<void> {
    const [user, part] = cutBehindKnown(rest, separator, (name) => this.users.has(name)) ?? [];
    if (user === undefined || part === undefined) return;
    const [kind, role] = cutFirst(part, separator) ?? [part];
    if (kind === 'role' && role !== undefined && this.isValid('role', nameOf(role)))
      await this.insert('user_roles ("user", role)', [user, nameOf(role)]);
    const hash = value.toString();
    if (part !== 'password' || !isUsablePasswordHash(hash)) return;
    this.withoutPassword.delete(user);
    await this.output.run('UPDATE users SET password_hash = ? WHERE name = ?', [hash, user], ROW_BYTES);
  }

  private isValid(kind: string, name: string): boolean {
    const { error } = nameSchema.safeParse(name);
    if (error) addNote(this.report.skipped, kind, name, `the name is not valid: ${error.issues[0]!.message}`);
    return !error;
  }

  private insert(columns: string, values: string[]): Promise<void> {
    const marks = values.map(() => '?').join();
    return this.output.run(
      `INSERT INTO ${columns} VALUES (${marks}) ON CONFLICT DO NOTHING`,
      values,
      values.reduce((sum, value) => sum + value.length, ROW_BYTES),
    );
  }
}
