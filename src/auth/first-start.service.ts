import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { SETTINGS, type Settings } from '../settings.js';
import { FirstStartStore } from './first-start.store.js';
import { ADMIN_ROLE, OFFERED_ROLES } from './initial-roles.js';
import { PasswordResetService } from './password-reset.service.js';
import { Passwords } from './passwords.js';

/**
 * Where there is no role at all, the role of an administrator is made; where there is no user at all, a user with it. Where
 * there is neither, which is a new installation, the roles that are offered are made too.
 */
@Injectable()
export class FirstStartService implements OnModuleInit {
  constructor(
    private readonly store: FirstStartStore,
    private readonly passwords: Passwords,
    private readonly passwordReset: PasswordResetService,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Runs before the server listens: nobody else writes yet. */
  async onModuleInit(): Promise<void> {
    await this.makeWhatIsMissing();
    await this.passwordReset.apply();
  }

  private async makeWhatIsMissing(): Promise<void> {
    const missing = await this.store.missing();
    if (!missing.roles && !missing.users) return;
    const user = missing.users ? await this.initialUser() : undefined;
    const roles = missing.roles ? [ADMIN_ROLE, ...(missing.users ? OFFERED_ROLES : [])] : [];
    await this.store.add(roles, user);
  }

  private async initialUser() {
    const { name } = this.settings.initialUser;
    const passwordHash = await this.passwords.hash(this.initialPassword(name));
    return { name, roles: [ADMIN_ROLE.name], passwordHash };
  }

  /** `root`, which everybody knows, only where nobody but this machine can knock. */
  private initialPassword(name: string): string {
    const { resetUser } = this.settings;
    if (resetUser?.name === name) return resetUser.password;
    if (this.settings.initialUser.password !== undefined) return this.settings.initialUser.password;
    if (this.settings.http.address.loopback) return 'root';
    const password = randomBytes(18).toString('base64url');
    // Before the user is stored: a crash in between makes a line that is void, not a user nobody can log in as.
    process.stdout.write(
      `The password of the initial user ${JSON.stringify(name)} is ${password} (not shown again: change it)\n`,
    );
    return password;
  }
}
