import { Body, Controller, Delete, Get, Param, Put } from '@nestjs/common';
import { z } from 'zod';
import { jsonObject } from '../http/lenient.schema.js';
import { nameSchema } from '../http/name.schema.js';
import { Operation } from '../http/operation.decorator.js';
import { RequirePermissions } from './access.decorators.js';
import { passwordSchema } from './passwords.js';
import { UsersService } from './users.service.js';

const MOST_ROLES = 1000;

const userNameSchema = nameSchema.meta({ example: 'alice' });

const bodySchema = jsonObject({
  roles: z
    .array(nameSchema)
    .max(MOST_ROLES, `at most ${MOST_ROLES}`)
    .nullish()
    .transform((roles) => roles ?? [])
    .meta({ example: ['reader'] }),
  password: passwordSchema.meta({ example: 'correct horse battery staple' }),
});

@Controller('api/v1/users')
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Get()
  @RequirePermissions('read_acls')
  @Operation('list_users', {
    tag: 'acls',
    summary: 'List the users',
    description: 'Sorted by name. Passwords are never shown.',
    answer: { success: true, users: [{ name: 'alice', roles: ['reader'] }] },
  })
  async list() {
    return { success: true, users: await this.users.list() };
  }

  @Put(':user')
  @RequirePermissions('write_acls')
  @Operation('save_user', {
    tag: 'acls',
    summary: 'Create a user, or replace its roles and its password',
    description: 'The password is always set to what is sent. Roles need not exist yet. Tokens are kept.',
    answer: { success: true },
  })
  async save(
    @Param('user', { schema: userNameSchema }) name: string,
    @Body({ schema: bodySchema }) body: z.infer<typeof bodySchema>,
  ) {
    await this.users.save({ name, roles: body.roles }, body.password);
    return { success: true };
  }

  @Delete(':user')
  @RequirePermissions('write_acls')
  @Operation('delete_user', {
    tag: 'acls',
    summary: 'Delete a user with its tokens',
    description: 'Whoever is logged in as this user is logged out at once.',
    answer: { success: true },
    problems: ['INVALID_ARGUMENT'],
  })
  async remove(@Param('user', { schema: userNameSchema }) name: string) {
    await this.users.remove(name);
    return { success: true };
  }
}
