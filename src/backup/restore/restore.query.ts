import { z } from 'zod';

const ONE_WEEK_SECONDS = 7 * 24 * 60 * 60;

const flag = (description: string) =>
  z.enum(['true', 'false'], { error: 'true or false' }).default('false').meta({ description });

const secondsText = z
  .string()
  .regex(/^[0-9]{1,6}$/, `a whole number of seconds from 1 to ${ONE_WEEK_SECONDS}`)
  .transform(Number)
  .pipe(
    z
      .number()
      .min(1, '1 or more seconds')
      .max(ONE_WEEK_SECONDS, `at most ${ONE_WEEK_SECONDS} seconds (a week)`),
  );

/** Parameters that every restore takes. */
const confirmWithin = {
  confirm_within: secondsText.optional().meta({
    description:
      'Seconds in which `POST /api/v1/restores/{id}/confirm` must come, with a credential that is valid after the restore. ' +
      'Otherwise the restore undoes itself.',
  }),
};

const allowLockout = {
  allow_lockout: flag('Restore even if you could not come back afterwards.'),
};

export const authRestoreQuery = z.object({ ...allowLockout, ...confirmWithin });
export const configRestoreQuery = z.object({ ...confirmWithin });
export const logsRestoreQuery = z.object({ ...confirmWithin });
export const allRestoreQuery = z.object({ ...allowLockout, ...confirmWithin });
export const undoQuery = z.object({ ...allowLockout });
