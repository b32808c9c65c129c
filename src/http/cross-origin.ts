import type { CorsOptions } from '@nestjs/common/interfaces/external/cors-options.interface.js';
import { REQUEST_ID_HEADER } from './request-id.js';

/** How long a browser may remember that it may ask, in seconds. */
const REMEMBERED = 600;

/**
 * Pages of these origins may use the API from a browser; for all others it is as if there were no such thing. Without
 * credentials mode: a browser never sends a token by itself.
 */
export function corsOptions(origins: readonly string[]): CorsOptions {
  return {
    origin: (origin: string | undefined, decide: (error: null, allowed: boolean) => void) =>
      decide(null, origin !== undefined && origins.includes(origin)),
    methods: ['GET', 'POST', 'PUT', 'DELETE'],
    allowedHeaders: ['Authorization', 'Content-Type', 'Content-Encoding', 'Last-Event-ID', REQUEST_ID_HEADER],
    exposedHeaders: ['Content-Length', 'Retry-After', 'X-Backup-Id', REQUEST_ID_HEADER],
    maxAge: REMEMBERED,
  };
}
