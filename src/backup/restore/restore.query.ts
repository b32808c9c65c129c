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
const always = {
  dry_run: flag('Only tell what would change, and give a plan. Nothing is touched.'),
  plan: z
    .string()
    .optional()
    .meta({ description: 'What a dry run gave: restores exactly what it has shown, or answers 409.' }),
  from: z.uuid().optional().meta({
    description:
      'Id of a backup that the server has stored in a destination. It is restored from there, and nothing is sent.',
  }),
  confirm_within: secondsText.optional().meta({
    description:
      'Seconds in which `POST /api/v1/restores/{id}/confirm` must come, with a credential that is valid after the restore. ' +
      'Otherwise the restore undoes itself.',
  }),
};

const allowLockout = {
  allow_lockout: flag('Restore even if you could not come back afterwards.'),
};

const keepNewer = {
  keep_newer: flag('Logs that were acknowledged since the backup stay.'),
};

export const authRestoreQuery = z.object({
  ...always,
  ...allowLockout,
  one_time_passwords: flag(
    "For a backup of FlowG's: users whose password cannot be taken over get a new one, which the answer tells once.",
  ),
});
export const configRestoreQuery = z.object({
  ...always,
  only: z
    .string()
    .optional()
    .meta({
      description:
        'Take these definitions out of the backup, as if each was saved anew, and leave the rest as it is: ' +
        '`pipelines/default,transformers/json`.',
    }),
});
export const logsRestoreQuery = z.object({
  ...always,
  ...keepNewer,
  mode: z
    .enum(['replace', 'merge'], { error: 'replace or merge' })
    .default('replace')
    .meta({ description: '`merge`: bring back logs that are missing, and leave everything that is there.' }),
  stream: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .meta({ description: 'With `mode=merge`: this stream only. May come several times.' }),
});
export const allRestoreQuery = z.object({ ...always, ...allowLockout, ...keepNewer });
export const undoQuery = z.object({
  ...allowLockout,
  keep_newer: flag('Logs that were acknowledged since the restore stay.'),
});

/** Whatever one of the routes may be given. */
export type RestoreQuery = Partial<
  z.output<typeof authRestoreQuery> & z.output<typeof configRestoreQuery> & z.output<typeof logsRestoreQuery>
>;
