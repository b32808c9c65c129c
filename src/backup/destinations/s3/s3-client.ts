import type { S3Client } from '@aws-sdk/client-s3';
import { readFile } from 'node:fs/promises';
import { DestinationError } from '../destination.js';
import type { S3Settings } from '../destination-settings.js';
import { stalled } from '../faults.js';
import type { Patience } from '../patience.js';
import type { Sdk } from './sdk.js';

const CONNECT_SECONDS = 10;
const MOST_ATTEMPTS = 4;

/**
 * A client for one operation, to be destroyed after it: keys that have been exchanged are used from the next one on.
 * @param silenceSeconds of a socket after which a request is given up; 0: never.
 * @throws DestinationError `denied` when the files of the keys cannot be read.
 */
export async function openClient(
  sdk: Sdk,
  settings: S3Settings,
  patience: Patience,
  silenceSeconds: number,
): Promise<S3Client> {
  const client = new sdk.S3Client({
    region: settings.region,
    endpoint: settings.endpoint,
    forcePathStyle: settings.path_style,
    credentials: await keysOf(settings, patience.destination),
    maxAttempts: MOST_ATTEMPTS,
    requestHandler: {
      connectionTimeout: Math.min(CONNECT_SECONDS, patience.idleSeconds) * 1000,
      socketTimeout: silenceSeconds * 1000,
    },
  });
  client.middlewareStack.add(
    (next) => async (request) => {
      try {
        return await next(request);
      } catch (error) {
        // Silence has been waited for long enough: the SDK would do so again with each attempt.
        throw isSilence(error) ? stalled(patience.destination, patience.idleSeconds) : error;
      }
    },
    { step: 'deserialize', priority: 'low', name: 'silenceIsFinal' },
  );
  return client;
}

function isSilence(error: unknown): boolean {
  const { name, message } = error as Error;
  return name === 'TimeoutError' && !/establish a connection/.test(message);
}

/** @returns undefined: the SDK looks for keys where it always does. */
async function keysOf(settings: S3Settings, destination: string) {
  const { access_key_id_file: idFile, secret_access_key_file: secretFile } = settings;
  if (idFile === undefined || secretFile === undefined) return undefined;
  try {
    const [accessKeyId, secretAccessKey] = await Promise.all([keyIn(idFile), keyIn(secretFile)]);
    return { accessKeyId, secretAccessKey };
  } catch (error) {
    throw new DestinationError(
      'denied',
      `the files with the keys of the destination "${destination}" cannot be read, or are empty: see the paths in ` +
        'FLOWG_BACKUP_DESTINATIONS and the rights of the server',
      false,
      { cause: error },
    );
  }
}

async function keyIn(file: string): Promise<string> {
  const key = (await readFile(file, 'utf8')).trim();
  if (key === '') throw new Error(`${file} is empty`);
  return key;
}
