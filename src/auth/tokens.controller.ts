import { Controller, Delete, Get, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { Operation } from '../http/operation.decorator.js';
import { AnyLogin } from './access.decorators.js';
import { type Caller, CurrentCaller } from './caller.js';
import { TokensService } from './tokens.service.js';

const EXAMPLE_UUID = '0b0f1f0c-5d2e-4d3c-8a55-5a1d6a0f3f6e';

const uuidSchema = z.guid('a UUID is needed').toLowerCase().meta({ example: EXAMPLE_UUID });

@Controller('api/v1')
export class TokensController {
  constructor(private readonly tokens: TokensService) {}

  @Get('tokens')
  @AnyLogin()
  @Operation('list_tokens', {
    tag: 'auth',
    summary: 'List your Personal Access Tokens',
    description: 'By their UUIDs, sorted. The tokens themselves cannot be shown again.',
    answer: { success: true, token_uuids: [EXAMPLE_UUID] },
  })
  async list(@CurrentCaller() caller: Caller) {
    return { success: true, token_uuids: await this.tokens.list(caller.user) };
  }

  @Post('token')
  @AnyLogin()
  @Operation('create_token', {
    tag: 'auth',
    summary: 'Create a Personal Access Token',
    description: 'It acts as you, without an end. This answer is the only one that shows it: keep it safe.',
    answer: { success: true, token: 'pat_0123456789abcdefghijABCDEFGHIJ01', token_uuid: EXAMPLE_UUID },
  })
  async create(@CurrentCaller() caller: Caller) {
    const { token, uuid } = await this.tokens.create(caller.user);
    return { success: true, token, token_uuid: uuid };
  }

  // In quotation marks, because the name would end at the hyphen.
  @Delete('tokens/:"token-uuid"')
  @AnyLogin()
  @Operation('delete_token', {
    tag: 'auth',
    summary: 'Delete one of your Personal Access Tokens',
    description: 'It stops working at once.',
    answer: { success: true },
    problems: ['INVALID_ARGUMENT'],
  })
  async remove(@CurrentCaller() caller: Caller, @Param('token-uuid', { schema: uuidSchema }) uuid: string) {
    await this.tokens.remove(caller.user, uuid);
    return { success: true };
  }
}
