import { Body, Controller, Delete, Get, Param, Put } from '@nestjs/common';
import type { z } from 'zod';
import { RequirePermissions } from '../auth/access.decorators.js';
import { jsonObject } from '../http/lenient.schema.js';
import { nameSchema } from '../http/name.schema.js';
import { Operation } from '../http/operation.decorator.js';
import { webhookSchema } from './webhook.schema.js';
import { AlertsService } from './alerts.service.js';

const WEBHOOK = {
  version: 1,
  url: 'https://example.com/hook',
  headers: { 'Content-Type': 'application/json' },
};

const saveSchema = jsonObject({ webhook: webhookSchema.meta({ example: WEBHOOK }) });

@Controller('api/v1/alerts')
export class AlertsController {
  constructor(private readonly alerts: AlertsService) {}

  @Get()
  @Operation('list_alerts', {
    tag: 'alerts',
    summary: 'List alerts',
    description: 'Their names, sorted.',
    answer: { success: true, alerts: ['default'] },
  })
  @RequirePermissions('read_alerts')
  async list() {
    return { success: true, alerts: await this.alerts.list() };
  }

  @Get(':alert')
  @Operation('get_alert', {
    tag: 'alerts',
    summary: 'Get an alert',
    answer: { success: true, webhook: WEBHOOK },
    problems: ['INVALID_ARGUMENT', 'NOT_FOUND'],
  })
  @RequirePermissions('read_alerts')
  async get(@Param('alert', { schema: nameSchema }) name: string) {
    return { success: true, webhook: await this.alerts.get(name) };
  }

  @Put(':alert')
  @Operation('save_alert', {
    tag: 'alerts',
    summary: 'Save an alert',
    description: 'Creates or replaces it.',
    answer: { success: true },
  })
  @RequirePermissions('write_alerts')
  async save(
    @Param('alert', { schema: nameSchema }) name: string,
    @Body({ schema: saveSchema }) body: z.output<typeof saveSchema>,
  ) {
    await this.alerts.save(name, body.webhook);
    return { success: true };
  }

  @Delete(':alert')
  @Operation('delete_alert', {
    tag: 'alerts',
    summary: 'Delete an alert',
    answer: { success: true },
    problems: ['INVALID_ARGUMENT', 'NOT_FOUND'],
  })
  @RequirePermissions('write_alerts')
  async delete(@Param('alert', { schema: nameSchema }) name: string) {
    await this.alerts.delete(name);
    return { success: true };
  }
}
