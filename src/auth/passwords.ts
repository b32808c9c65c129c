import { hash, type Options, parseOptions, verify } from '@node-rs/argon2';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { SerialQueue } from '../database/serial-queue.js';

/** OWASP's first choice for Argon2id, which is the library's default algorithm: 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } satisfies Options;

/** Each takes its memory and one thread of the pool that database reads need too. */
const HASHES_AT_A_TIME = 4;

/** A hash of the cost above that no password has: what a login is checked against where there is no such user. */
const NOBODYS_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

/** Above these one login could occupy the server for long. */
const MOST_MEMORY_KIBIBYTES = 256 * 1024;
const MOST_PASSES = 16;
const MOST_LANES = 16;

const NEEDED = 'at least 1 character is needed';

/** The only rule for a new password: there must be one. */
export const passwordSchema = z.string(NEEDED).min(1, NEEDED);

/** Hashes and verifies passwords off the event loop, a few at a time. */
@Injectable()
export class Passwords {
  private readonly turns = new SerialQueue(HASHES_AT_A_TIME);

  /** @returns an Argon2id hash as a PHC string. */
  hash(password: string): Promise<string> {
    return this.turns.run(() => hash(password, COST));
  }

  /** Takes the same time when there is no hash to compare with, and is then always false. */
  async verify(storedHash: string | undefined, password: string): Promise<boolean> {
    const matches = await this.turns.run(() => verify(storedHash ?? NOBODYS_HASH, password));
    return matches && storedHash !== undefined;
  }
}

/** True for the PHC string of an Argon2id hash that can be verified at a cost the server can bear. */
export function isBearablePasswordHash(text: string): boolean {
  if (!text.startsWith('$argon2id$v=19$')) return false;
  try {
    const { memoryCost, timeCost, parallelism } = parseOptions(text);
    return memoryCost <= MOST_MEMORY_KIBIBYTES && timeCost <= MOST_PASSES && parallelism <= MOST_LANES;
  } catch {
    return false;
  }
}
