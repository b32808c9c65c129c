import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Manifest, RestorableName } from '../../database/database.js';
import { FileRefusal } from '../../database/portable-file/file-refusal.js';
import { isInstant } from '../../database/portable-file/manifest-table.js';
import { SERVER_VERSION } from '../../server-version.js';

/** Grows by one when an older server could no longer read what is written. */
const FORMAT = 1;

const instantSchema = z.string().refine(isInstant, 'not an instant as RFC 3339 in UTC');

const databaseSchema = z.object({
  bytes: z.int().positive(),
  schema_version: z.int().positive(),
  rows: z.record(z.string().max(80), z.int().nonnegative()),
  instant: instantSchema,
});

const manifestSchema = z.object({
  format: z.literal(FORMAT),
  instant: instantSchema,
  server_version: z.string().min(1).max(80),
  databases: z.object({ auth: databaseSchema, config: databaseSchema, logs: databaseSchema }),
});

/** What `manifest.json` says of an archive: enough to know what a restore would bring back, and how large it is. */
export type ArchiveManifest = z.output<typeof manifestSchema>;
export type ArchivedDatabase = ArchiveManifest['databases'][RestorableName];

/** What has to be known of a snapshot, or of a file, to describe it. */
export interface Described {
  /** Bytes of the file. */
  size: number;
  manifest: Manifest;
}

/** @param instant when all of the snapshots were pinned, RFC 3339 in UTC. */
export function archiveManifest(
  instant: string,
  { auth, config, logs }: Record<RestorableName, Described>,
): ArchiveManifest {
  const databases = { auth: describe(auth), config: describe(config), logs: describe(logs) };
  return { format: FORMAT, instant, server_version: SERVER_VERSION, databases };
}

function describe({ size, manifest }: Described): ArchivedDatabase {
  const { schemaVersion, rows, instant } = manifest;
  return { bytes: size, schema_version: schemaVersion, rows, instant };
}

/** As it stands in the archive: for people as well. */
export function encodeArchiveManifest(manifest: ArchiveManifest): Buffer {
  return Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
}

/** @throws FileRefusal with the check `archive`. */
export function decodeArchiveManifest(bytes: Buffer): ArchiveManifest {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch {
    throw new FileRefusal('archive', 'manifest.json in the archive is not JSON');
  }
  const { format } = z.object({ format: z.unknown() }).catch({ format: undefined }).parse(value);
  if (typeof format === 'number' && format > FORMAT) {
    throw new FileRefusal(
      'archive',
      `the archive has format ${format}, this server knows formats up to ${FORMAT}: restore it on the newer server ` +
        'that made it, or update this one',
    );
  }
  const result = manifestSchema.safeParse(value);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  const place = path.map(String).join('.').slice(0, 80);
  throw new FileRefusal('archive', `manifest.json in the archive is not valid: ${place}: ${message}`);
}

/** @throws FileRefusal with the check `archive` unless the archive says of a database what its own file says. */
export function requireAgreement(name: RestorableName, archived: ArchivedDatabase, file: Described): void {
  if (isDeepStrictEqual(archived, describe(file))) return;
  throw new FileRefusal('archive', `manifest.json says other things of ${name}.db than the file itself`);
}
