import { Body, Controller, Get, Post } from '@nestjs/common';
import type { z } from 'zod';
import { jsonObject, lenientText } from '../http/lenient.schema.js';
import { CurrentOrigin, type Origin } from '../http/origin.js';
import { Operation } from '../http/operation.decorator.js';
import { AnyLogin, Public } from './access.decorators.js';
import { type Caller, CurrentCaller } from './caller.js';
import { LoginService } from './login.service.js';
import { passwordSchema } from './passwords.js';
import { effectivePermissions, permissionFlags } from './permissions.js';
import { UsersService } from './users.service.js';

const loginSchema = jsonObject({
  username: lenientText.meta({ example: 'root' }),
  password: lenientText.meta({ example: 'root' }),
});

const changePasswordSchema = jsonObject({
  old_password: lenientText.meta({ example: 'root' }),
  new_password: passwordSchema.meta({ example: 'correct horse battery staple' }),
});

@Controller('api/v1/auth')
export class AuthController {
  constructor(
    private readonly logins: LoginService,
    private readonly users: UsersService,
  ) {}

  @Post('login')
  @Public()
  @Operation('login', {
    tag: 'auth',
    summary: 'Log in',
    description:
      'Returns a JSON Web Token that is valid for 24 hours. Send it as `Authorization: Bearer jwt:<token>`. ' +
      'Too many failures in a minute are answered by a pause.',
    answer: {
      success: true,
      token: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjE3Njk4OTk4MDB9.c2lnbmF0dXJl',
    },
    problems: ['UNAUTHENTICATED', 'TOO_MANY_REQUESTS'],
  })
  async login(
    @Body({ schema: loginSchema }) body: z.infer<typeof loginSchema>,
    @CurrentOrigin() origin: Origin,
  ) {
    return { success: true, token: await this.logins.login(body.username, body.password, origin.address) };
  }

  @Get('whoami')
  @AnyLogin()
  @Operation('whoami', {
    tag: 'auth',
    summary: 'Show who you are and what you may do',
    answer: {
      success: true,
      user: { name: 'alice', roles: ['reader'] },
      permissions: permissionFlags(effectivePermissions(['read_streams'])),
    },
  })
  async whoami(@CurrentCaller() caller: Caller) {
    return {
      success: true,
      user: { name: caller.user, roles: await this.users.rolesOf(caller.user) },
      permissions: permissionFlags(caller.permissions),
    };
  }

  @Post('change-password')
  @AnyLogin()
  @Operation('change_password', {
    tag: 'auth',
    summary: 'Change your password',
    description:
      'Tokens and logins stay valid. Too many wrong old passwords in a minute are answered by a pause.',
    answer: { success: true },
    problems: ['PERMISSION_DENIED', 'TOO_MANY_REQUESTS'],
  })
  async changePassword(
    @CurrentCaller() caller: Caller,
    @Body({ schema: changePasswordSchema }) body: z.infer<typeof changePasswordSchema>,
    @CurrentOrigin() origin: Origin,
  ) {
    const passwords = { current: body.old_password, next: body.new_password };
    await this.users.changePassword(caller.user, passwords, origin.address);
    return { success: true };
  }
}
