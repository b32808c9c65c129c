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
 * A client for one operation, to be destroyed after it: keys that have been exchanged are used from the next one on. A
 * request on which nothing moves fails as `stalled`.
 * @param answerIsRead slowly, so that its silence is none of the client's.
 * @throws DestinationError `denied` when the files of the keys cannot be read.
 */
export async function openClient(
  sdk: Sdk,
  settings: S3Settings,
  patience: Patience,
  answerIsRead = false,
): Promise<S3Client> {
  const { destination, idleSeconds } = patience;
  const client = new sdk.S3Client({
    region: settings.region,
    endpoint: settings.endpoint,
    forcePathStyle: settings.path_style,
    credentials: await keysOf(settings, destination),
    maxAttempts: MOST_ATTEMPTS,
    // Parts are in memory: it would cost a connection for each, and time at an abort.
    expectContinueHeader: false,
    requestHandler: {
      connectionTimeout: Math.min(CONNECT_SECONDS, idleSeconds) * 1000,
      socketTimeout: answerIsRead ? 0 : idleSeconds * 1000,
    },
  });
  client.middlewareStack.add(
    (next) => async (request) => {
      try {
        const attempt = next(request);
        return await (answerIsRead ? orSilence(attempt, patience) : attempt);
      } catch (error) {
        // Silence has been waited for long enough: the SDK would do so again with each attempt.
        throw isSilence(error) ? stalled(destination, idleSeconds) : error;
      }
    },
    { step: 'deserialize', priority: 'low', name: 'silenceIsFinal' },
  );
  return client;
}

/** Of a socket that is connected. Connections that break have the same name, and the code of the system. */
function isSilence(error: unknown): boolean {
  const { name, code, message } = error as NodeJS.ErrnoException;
  return name === 'TimeoutError' && code === undefined && !message.includes('establish a connection');
}

/** Gives up an attempt whose answer does not begin. */
async function orSilence<Answer>(
  attempt: Promise<Answer>,
  { destination, idleSeconds }: Patience,
): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(stalled(destination, idleSeconds)), idleSeconds * 1000);
  });
  try {
    return await Promise.race([attempt, silence]);
  } finally {
    clearTimeout(timer);
  }
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
