import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../database/generations/generation-files.js';
import { replaceFile } from '../database/generations/replace-file.js';

/** Injection token of the key that signs JSON Web Tokens. */
export const SECRET_KEY = Symbol('secret key');

/** As text it would be tried as a public key on every request first: a tenth of the time of a small one. */
export function signingKey(text: string): KeyObject {
  return createSecretKey(text, 'utf8');
}

const KEY_BYTES = 32;
const KEY_TEXT = /^[\w-]{43}\n$/;

/**
 * The key from `secret.key` in the data folder, made at the first start, so that a restart logs nobody out.
 * The data folder must be ours alone by then.
 * @throws Error when the file is not one that this server wrote.
 */
export async function keyOfDataFolder(dataDir: string): Promise<string> {
  const path = join(dataDir, 'secret.key');
  try {
    const text = await readFile(path, 'utf8');
    if (KEY_TEXT.test(text)) return text.trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return makeKey(path, dataDir);
    throw error;
  }
  throw new Error(
    `${path} is damaged: put the file back, or remove it, and everybody has to log in once more; ` +
      'personal access tokens stay valid',
  );
}

async function makeKey(path: string, dataDir: string): Promise<string> {
  const key = randomBytes(KEY_BYTES).toString('base64url');
  await replaceFile(path, `${key}\n`);
  await syncDirectory(dataDir);
  return key;
}
