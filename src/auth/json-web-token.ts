import { JwtService } from '@nestjs/jwt';
import type { KeyObject } from 'node:crypto';

export const ISSUER = 'flowg';
export const ALGORITHM = 'HS256';

/** Signs tokens with exactly the claims `exp`, `iss` and, given with each, `sub`. */
export function jsonWebTokens(secretKey: KeyObject): JwtService {
  return new JwtService({
    secret: secretKey,
    signOptions: { algorithm: ALGORITHM, expiresIn: '24h', issuer: ISSUER, noTimestamp: true },
  });
}

/** What `jsonwebtoken` says of a signature that is not ours. */
const SIGNATURE_COMPLAINTS = new Set(['invalid signature', 'invalid algorithm', 'jwt signature is required']);

/** A complaint of `jsonwebtoken` in the words of the reference. */
export function complaintOf(error: unknown): string {
  const { name, message } = error as Error;
  if (name === 'TokenExpiredError') return 'token has invalid claims: token is expired';
  if (name === 'NotBeforeError') return 'token has invalid claims: token is not valid yet';
  if (message.startsWith('jwt issuer invalid')) return 'token has invalid claims: token has invalid issuer';
  if (SIGNATURE_COMPLAINTS.has(message)) return 'token signature is invalid: signature is invalid';
  return `token is malformed: ${message}`;
}
