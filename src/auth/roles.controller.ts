import { Body, Controller, Delete, Get, Param, Put } from '@nestjs/common';
import { z } from 'zod';
import { jsonObject } from '../http/lenient.schema.js';
import { nameSchema } from '../http/name.schema.js';
import { Operation } from '../http/operation.decorator.js';
import { RequirePermissions } from './access.decorators.js';
import { PERMISSION_NAMES } from './permissions.js';
import { RolesService } from './roles.service.js';

const roleNameSchema = nameSchema.meta({ example: 'reader' });

const bodySchema = jsonObject({
  scopes: z
    .array(z.string())
    .nullish()
    .transform((scopes) => scopes ?? [])
    .meta({ description: `Any of ${PERMISSION_NAMES.join(', ')}.`, example: ['read_streams', 'send_logs'] }),
});

@Controller('api/v1/roles')
export class RolesController {
  constructor(private readonly roles: RolesService) {}

  @Get()
  @RequirePermissions('read_acls')
  @Operation('list_roles', {
    tag: 'acls',
    summary: 'List the roles',
    description: 'Sorted by name.',
    answer: { success: true, roles: [{ name: 'reader', scopes: ['read_streams'] }] },
  })
  async list() {
    return { success: true, roles: await this.roles.list() };
  }

  @Put(':role')
  @RequirePermissions('write_acls')
  @Operation('save_role', {
    tag: 'acls',
    summary: 'Create a role, or replace its scopes',
    description: 'A `write_` scope contains its `read_` twin. The change counts from the next request on.',
    answer: { success: true },
  })
  async save(
    @Param('role', { schema: roleNameSchema }) name: string,
    @Body({ schema: bodySchema }) body: z.infer<typeof bodySchema>,
  ) {
    await this.roles.save({ name, scopes: body.scopes });
    return { success: true };
  }

  @Delete(':role')
  @RequirePermissions('write_acls')
  @Operation('delete_role', {
    tag: 'acls',
    summary: 'Delete a role',
    description: 'Users keep its name, which gives them nothing until there is such a role again.',
    answer: { success: true },
    problems: ['INVALID_ARGUMENT'],
  })
  async remove(@Param('role', { schema: roleNameSchema }) name: string) {
    await this.roles.remove(name);
    return { success: true };
  }
}
