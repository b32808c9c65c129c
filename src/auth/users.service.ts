import { Injectable } from '@nestjs/common';
import { Problem } from '../problems.js';
import { LoginThrottle } from './login-throttle.js';
import { Passwords } from './passwords.js';
import { type User, UsersStore } from './users.store.js';

@Injectable()
export class UsersService {
  constructor(
    private readonly users: UsersStore,
    private readonly passwords: Passwords,
    private readonly throttle: LoginThrottle,
  ) {}

  /** Sorted by name. */
  list(): Promise<User[]> {
    return this.users.list();
  }

  rolesOf(name: string): Promise<string[]> {
    return this.users.rolesOf(name);
  }

  /** Makes the user, or replaces roles and password. Roles need not exist. */
  async save(user: User, password: string): Promise<void> {
    await this.users.replace(user, await this.passwords.hash(password));
  }

  /** Takes the user's tokens along. Does nothing when there is no such user. */
  remove(name: string): Promise<void> {
    return this.users.remove(name);
  }

  /**
   * Answers the same, after the same time, for a wrong password and a user who does not exist.
   * @param address of the client, for the count of failures.
   * @throws Problem TOO_MANY_REQUESTS after too many failures.
   */
  isPassword(name: string, password: string, address: string): Promise<boolean> {
    return this.throttle.attempt(name, address, async () =>
      this.passwords.verify(await this.users.passwordHash(name), password),
    );
  }

  /**
   * Tokens stay valid.
   * @throws Problem PERMISSION_DENIED when the old password is wrong, or was changed by somebody else meanwhile.
   */
  async changePassword(
    name: string,
    passwords: { current: string; next: string },
    address: string,
  ): Promise<void> {
    const oldHash = await this.users.passwordHash(name);
    const proven = await this.throttle.attempt(name, address, () =>
      this.passwords.verify(oldHash, passwords.current),
    );
    const newHash = proven ? await this.passwords.hash(passwords.next) : undefined;
    if (!oldHash || !newHash || !(await this.users.exchangePasswordHash(name, oldHash, newHash)))
      throw new Problem('PERMISSION_DENIED', 'permission denied: invalid credentials');
  }
}
