import { Inject, Injectable, Logger } from '@nestjs/common';
import { SETTINGS, type Settings } from '../settings.js';
import { FirstStartStore } from './first-start.store.js';
import { ADMIN_ROLE } from './initial-roles.js';
import { Passwords } from './passwords.js';
import { UsersStore } from './users.store.js';

const log = new Logger('Auth');

/** The way back in for whoever can restart the server: `FLOWG_AUTH_RESET_USER` and `FLOWG_AUTH_RESET_PASSWORD`. */
@Injectable()
export class PasswordResetService {
  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly passwords: Passwords,
    private readonly users: UsersStore,
    private readonly store: FirstStartStore,
  ) {}

  /** Runs before the server listens. Roles and tokens of a user who exists stay as they are. */
  async apply(): Promise<void> {
    const { resetUser } = this.settings;
    if (!resetUser) return;
    const { name, password } = resetUser;
    // Settings that were left in place change nothing, and make no new state, at each start.
    if (await this.passwords.verify(await this.users.passwordHash(name), password))
      return this.say(name, 'has the password of FLOWG_AUTH_RESET_PASSWORD already');
    const isNew = await this.store.reset(name, await this.passwords.hash(password), ADMIN_ROLE);
    this.say(
      name,
      isNew
        ? `was not there: made with the role ${ADMIN_ROLE.name} and the password of FLOWG_AUTH_RESET_PASSWORD`
        : 'has a new password, that of FLOWG_AUTH_RESET_PASSWORD',
    );
  }

  private say(name: string, what: string): void {
    log.warn(`the user ${JSON.stringify(name)} ${what}: remove both settings, they are not needed any more`);
  }
}
