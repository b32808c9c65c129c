import { randomBytes } from 'node:crypto';

/**
 * As FlowG writes them since v0.61, and as we do: 19 MiB and two passes. Older ones no library can check, nor should it.
 * What passes here, the restore policy looks at again.
 */
const USABLE_PASSWORD_HASH = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/;
/** SHA-256 in hexadecimal, likewise. */
const USABLE_TOKEN_HASH = /^[0-9a-f]{64}$/;

export function isUsablePasswordHash(hash: string): boolean {
  return USABLE_PASSWORD_HASH.test(hash);
}

export function isUsableTokenHash(hash: string): boolean {
  return USABLE_TOKEN_HASH.test(hash);
}

/** An Argon2id hash that no password has: its bytes are random instead of made from one. */
export function hashOfNoPassword(): string {
  const unpadded = (bytes: number) => randomBytes(bytes).toString('base64').replace(/=+$/, '');
  return `$argon2id$v=19$m=19456,t=2,p=1$${unpadded(16)}$${unpadded(32)}`;
}
