import { createHash, randomInt } from 'node:crypto';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const LENGTH = 32;

/** @returns a new token: `pat_` and 32 characters (190 bits). `randomInt` is uniform, without the bias of a remainder. */
export function newPersonalAccessToken(): string {
  return `pat_${Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')}`;
}

/**
 * What is stored of a token, in lower-case hexadecimal. A plain SHA-256 is enough for 190 random bits, where there is
 * nothing to guess, and lets the index of the table find a token among any number of them.
 */
export function hashPersonalAccessToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
