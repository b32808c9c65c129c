import { parseArgs } from 'node:util';

export interface Knobs {
  minutes: number;
  /** Between two backups of a schedule. */
  everySeconds: number;
  /** Of `kill -9`, at any time. */
  kills: number;
  entriesPerSecond: number;
  /** Whether backups go to an S3 as well. */
  s3: boolean;
}

export const HELP = `npm run soak -- [--minutes 10] [--every-seconds 3] [--kills N, 2 a minute when left out]
                [--entries-per-second 100] [--s3]`;

/** @throws TypeError for what is no knob, or no number. */
export function readKnobs(args: string[]): Knobs {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: 'string', default: '10' },
      'every-seconds': { type: 'string', default: '3' },
      kills: { type: 'string' },
      'entries-per-second': { type: 'string', default: '100' },
      s3: { type: 'boolean', default: false },
    },
  });
  const minutes = positive('minutes', values.minutes);
  return {
    minutes,
    everySeconds: Math.round(positive('every-seconds', values['every-seconds'])),
    kills: values.kills === undefined ? Math.round(2 * minutes) : Number(values.kills),
    entriesPerSecond: positive('entries-per-second', values['entries-per-second']),
    s3: values.s3,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new TypeError(`--${name} ${text}: a number above 0 is needed`);
  return value;
}
