import { z } from 'zod';
import { nameSchema } from '../../http/name.schema.js';
import { MOST_RECIPIENTS } from '../packing/packing.js';
import { RUN_SCOPES } from '../run-scope.js';
import { COMPRESSIONS } from '../stored-copy.js';
import { CronTimes, isZone } from './cron-times.js';

const MOST_KEPT = 10_000;

const kept = z.int().min(0).max(MOST_KEPT).default(0);

const keepSchema = z
  .strictObject({ last: kept, daily: kept, weekly: kept, monthly: kept })
  .refine(
    (keep) => Object.values(keep).some((count) => count > 0),
    'at least one of last, daily, weekly and monthly has to be 1 or more: nothing would be kept',
  )
  .meta({ example: { last: 3, daily: 7, weekly: 4, monthly: 12 } });

/** Unknown properties are refused, unlike elsewhere: `dayly` dropped without a word would be backups that are not kept. */
const shape = {
  database: z.enum(RUN_SCOPES).meta({ example: 'logs' }),
  cron: z.string().max(200).meta({ example: '0 3 * * *' }),
  timezone: z
    .string()
    .max(100)
    .refine(isZone, 'no timezone of that name: use one like Europe/Berlin')
    .default('UTC')
    .meta({ example: 'Europe/Berlin' }),
  destination: nameSchema,
  compression: z.enum(COMPRESSIONS).default('gzip').meta({ example: 'gzip' }),
  recipients: z.array(z.string().max(5000)).max(MOST_RECIPIENTS).default([]).meta({ example: [] }),
  keep: keepSchema,
  notify: nameSchema.nullable().default(null).meta({ example: null }),
  enabled: z.boolean().default(true).meta({ example: true }),
};

interface Times {
  cron: string;
  timezone: string;
}

function comes({ cron, timezone }: Times, context: z.RefinementCtx): void {
  try {
    void new CronTimes(cron, timezone);
  } catch (error) {
    context.addIssue({ code: 'custom', path: ['cron'], message: (error as Error).message });
  }
}

/** Of the body of a `PUT`, whose path has the name. */
export const scheduleBody = z.strictObject(shape).superRefine(comes);

/** Of `FLOWG_BACKUP_SCHEDULES`. */
export const scheduleList = z
  .array(z.strictObject({ name: nameSchema, ...shape }).superRefine(comes))
  .refine(
    (schedules) => new Set(schedules.map(({ name }) => name)).size === schedules.length,
    'two schedules have the same name',
  );
