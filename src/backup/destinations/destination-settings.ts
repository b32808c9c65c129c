import { isAbsolute, relative } from 'node:path';
import { z } from 'zod';
import { isFileName } from './file-name.js';

/** What the setting `FLOWG_BACKUP_DESTINATIONS` says of each destination. Nobody can add one through the API. */

const text = z.string({ error: 'a text' }).min(1, 'a text that is not empty');

const absolutePath = text.refine(isAbsolute, 'an absolute path');

const folder = z.strictObject({ type: z.literal('folder'), path: absolutePath });

/** Of the provider, as the names of files are: a prefix is written into keys and shown in the provider's own pages. */
const prefix = z
  .string({ error: 'a text' })
  .regex(/^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)*$/, 'empty, or folders of A-Za-z0-9._- that end with /')
  .refine((value) => Buffer.byteLength(value) <= 512, 'at most 512 characters');

const endpoint = text.refine(
  isEndpoint,
  'an http:// or https:// address without user, password, path and query',
);

const PARTS = 'a whole number of mebibytes, 5 to 5120';

const s3 = z
  .strictObject({
    type: z.literal('s3'),
    bucket: text.regex(/^[A-Za-z0-9][A-Za-z0-9.-]{1,61}[A-Za-z0-9]$/, 'the name of a bucket'),
    prefix: prefix.default(''),
    region: text.regex(/^[A-Za-z0-9-]{1,64}$/, 'the name of a region').default('us-east-1'),
    endpoint: endpoint.optional(),
    path_style: z.boolean({ error: 'true or false' }).default(false),
    part_mb: z.int({ error: PARTS }).min(5, PARTS).max(5120, PARTS).default(16),
    access_key_id_file: absolutePath.optional(),
    secret_access_key_file: absolutePath.optional(),
  })
  .refine(
    (value) => (value.access_key_id_file === undefined) === (value.secret_access_key_file === undefined),
    'access_key_id_file and secret_access_key_file, both or none',
  );

const name = z
  .string()
  .refine((value) => isFileName(value) && value.length <= 64, 'names of at most 64 A-Za-z0-9._-');

/** Destinations by name. */
export const destinationsShape = z.record(
  name,
  z.discriminatedUnion('type', [folder, s3], { error: '"type" is "folder" or "s3"' }),
  { error: 'an object with a destination under each name' },
);

export type FolderSettings = z.output<typeof folder>;
export type S3Settings = z.output<typeof s3>;
export type DestinationSettings = FolderSettings | S3Settings;

/** Whether `path` is `folder` or lies in it; both are absolute. */
export function liesWithin(path: string, folderPath: string): boolean {
  const way = relative(folderPath, path);
  return way === '' || (way !== '..' && !way.startsWith('../') && !isAbsolute(way));
}

function isEndpoint(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  return /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
}
