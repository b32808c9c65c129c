import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { JwtService } from '@nestjs/jwt';
import { provideDatabase } from '../database/database.module.js';
import { SETTINGS, type Settings } from '../settings.js';
import { AuthRestorePolicy } from './auth-restore-policy.js';
import { AuthController } from './auth.controller.js';
import { AuthDatabase } from './auth.database.js';
import { CallerRights } from './caller-rights.js';
import { CallersService } from './callers.service.js';
import { CallersStore } from './callers.store.js';
import { AuthChangesService } from './changes/auth-changes.service.js';
import { FirstStartService } from './first-start.service.js';
import { FirstStartStore } from './first-start.store.js';
import { ImportedUsersService } from './imported-users.service.js';
import { jsonWebTokens } from './json-web-token.js';
import { JwtStrategy } from './jwt.strategy.js';
import { KeptAccessStore } from './kept-access.store.js';
import { KnownCallers } from './known-callers.js';
import { LoginThrottle } from './login-throttle.js';
import { LoginService } from './login.service.js';
import { PasswordResetService } from './password-reset.service.js';
import { Passwords } from './passwords.js';
import { PatStrategy } from './pat.strategy.js';
import { PermissionsGuard } from './permissions.guard.js';
import { RolesController } from './roles.controller.js';
import { RolesService } from './roles.service.js';
import { RolesStore } from './roles.store.js';
import { keyOfDataFolder, SECRET_KEY, signingKey } from './secret-key.js';
import { StagedAuthStore } from './staged-auth.store.js';
import { TokenGuard } from './token.guard.js';
import { TokensController } from './tokens.controller.js';
import { TokensService } from './tokens.service.js';
import { TokensStore } from './tokens.store.js';
import { UsersController } from './users.controller.js';
import { UsersService } from './users.service.js';
import { UsersStore } from './users.store.js';

@Module({
  controllers: [AuthController, TokensController, RolesController, UsersController],
  providers: [
    provideDatabase(AuthDatabase, 'auth'),
    {
      provide: SECRET_KEY,
      // The database is asked for only to come first: whoever has it open has the data folder to itself.
      inject: [SETTINGS, AuthDatabase],
      useFactory: async ({ secretKey, dataDir }: Settings) => {
        return signingKey(secretKey ?? (await keyOfDataFolder(dataDir)));
      },
    },
    { provide: JwtService, inject: [SECRET_KEY], useFactory: jsonWebTokens },
    // In this order: who is it, and may they?
    { provide: APP_GUARD, useClass: TokenGuard },
    { provide: APP_GUARD, useClass: PermissionsGuard },
    JwtStrategy,
    PatStrategy,
    CallerRights,
    CallersService,
    CallersStore,
    KnownCallers,
    LoginService,
    LoginThrottle,
    Passwords,
    PasswordResetService,
    UsersService,
    UsersStore,
    RolesService,
    RolesStore,
    TokensService,
    TokensStore,
    FirstStartService,
    FirstStartStore,
    StagedAuthStore,
    AuthRestorePolicy,
    AuthChangesService,
    KeptAccessStore,
    ImportedUsersService,
  ],
  exports: [AuthChangesService, AuthRestorePolicy, CallerRights, CallersService, ImportedUsersService],
})
export class AuthModule {}
