import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { RequirePermissions } from '../../auth/access.decorators.js';
import { jsonObject, stringMap } from '../../http/lenient.schema.js';
import { nameSchema } from '../../http/name.schema.js';
import { Operation } from '../../http/operation.decorator.js';
import { formatInstant } from '../instant.js';
import { AlertCallsService } from './alert-calls.service.js';

const testSchema = jsonObject({ record: stringMap.meta({ example: { message: 'hello' } }) });

@Controller('api/v1')
export class AlertCallsController {
  constructor(private readonly calls: AlertCallsService) {}

  @Post('test/alerts/:alert')
  @Operation('test_alert', {
    tag: 'tests',
    summary: 'Test an alert',
    description:
      'Calls the webhook once with this record and the present time. 502 when it does not answer 2xx.',
    answer: { success: true },
    problems: ['NOT_FOUND', 'BAD_GATEWAY'],
  })
  @RequirePermissions('write_alerts')
  async test(
    @Param('alert', { schema: nameSchema }) alert: string,
    @Body({ schema: testSchema }) body: z.output<typeof testSchema>,
  ) {
    await this.calls.test(alert, body.record);
    return { success: true };
  }

  @Get('alerts/:alert/deliveries')
  @Operation('list_alert_deliveries', {
    tag: 'alerts',
    summary: 'List the deliveries of an alert',
    description:
      'Newest first: at most 100 that wait, and the last 100 that have ended. `state` is `waiting` (`next_attempt_at` ' +
      'says when it is tried, or tried again), `delivered`, `failed` (for good, `error` says why), or `suspended` (it ' +
      'waited in a backup that was restored). Each is delivered at least once; repetitions have the same ' +
      '`X-Flowg-Delivery-Id`, which is the `id` here.',
    answer: {
      success: true,
      deliveries: [
        {
          id: '5f0f6a3e-6e0a-4d0b-9d43-0d1d5a0c2a51',
          state: 'waiting',
          log_timestamp: '2026-01-31T09:30:00.123456789Z',
          created_at: '2026-01-31T09:30:00.124Z',
          attempts: 2,
          next_attempt_at: '2026-01-31T09:30:04.801Z',
          ended_at: null,
          status: 503,
          error: 'unexpected status code: 503',
        },
      ],
    },
    problems: ['INVALID_ARGUMENT', 'NOT_FOUND'],
  })
  @RequirePermissions('read_alerts')
  async list(@Param('alert', { schema: nameSchema }) alert: string) {
    const rows = await this.calls.list(alert);
    return {
      success: true,
      deliveries: rows.map((row) => ({
        id: row.uuid,
        state: row.outcome ?? 'waiting',
        log_timestamp: formatInstant(row),
        created_at: isoText(row.createdMs),
        attempts: row.attempts,
        next_attempt_at: isoText(row.nextMs),
        ended_at: isoText(row.endedMs),
        status: row.status,
        error: row.error,
      })),
    };
  }
}

function isoText(unixMs: number | null): string | null {
  return unixMs === null ? null : new Date(unixMs).toISOString();
}
