import { createHmac } from 'node:crypto';

export const SECRET_KEY = 'a key that only this test knows';

export interface Forgery {
  header?: Record<string, unknown>;
  claims?: Record<string, unknown>;
  /** Digest of the HMAC, or none at all. */
  digest?: 'sha256' | 'sha512' | 'none';
  key?: string;
}

export function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}

/** A JSON Web Token made by hand: sound where nothing else is asked for. */
export function forgeJwt({ header, claims, digest = 'sha256', key = SECRET_KEY }: Forgery = {}): string {
  const parts = [
    { alg: 'HS256', typ: 'JWT', ...header },
    { exp: inSeconds(60), iss: 'flowg', sub: 'root', ...claims },
  ];
  const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const signature = digest === 'none' ? '' : createHmac(digest, key).update(signed).digest('base64url');
  return `${signed}.${signature}`;
}
