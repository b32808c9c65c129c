import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { SerialQueue } from '../database/serial-queue.js';
import { Problem } from '../problems.js';

const WINDOW_SECONDS = 60;
const FAILURES_OF_A_USER = 10;
const FAILURES_OF_AN_ADDRESS = 100;

/**
 * Attempts under way at a time. Each of them is counted as a failure until it has succeeded, so this must stay well
 * below the limits: many at once who all know their password must not lock each other out.
 */
const ATTEMPTS_AT_A_TIME = 4;

/** Slows the guessing of passwords. Counts are in memory: a restart forgives. */
@Injectable()
export class LoginThrottle {
  private readonly turns = new SerialQueue(ATTEMPTS_AT_A_TIME);
  private readonly ofUser = new RateLimiterMemory({ points: FAILURES_OF_A_USER, duration: WINDOW_SECONDS });
  private readonly ofAddress = new RateLimiterMemory({
    points: FAILURES_OF_AN_ADDRESS,
    duration: WINDOW_SECONDS,
  });

  /**
   * Runs one attempt to prove a password. It is counted before it runs and forgiven when it succeeds, so that any
   * number of attempts at once gets no more guesses than one after the other.
   * @param check tells whether the password was right.
   * @throws Problem TOO_MANY_REQUESTS, without an attempt, after too many failures.
   */
  attempt(user: string, address: string, check: () => Promise<boolean>): Promise<boolean> {
    return this.turns.run(async () => {
      const network = networkOf(address);
      // A user's name may be as long as a request: what is kept of it in memory may not.
      const pair = `${createHash('sha256').update(user).digest('base64')} ${network}`;
      await count(this.ofUser, pair);
      await count(this.ofAddress, network);
      const succeeded = await check();
      if (succeeded) {
        await this.ofUser.delete(pair);
        await this.ofAddress.reward(network);
      }
      return succeeded;
    });
  }
}

async function count(limiter: RateLimiterMemory, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refusal) {
    const seconds = Math.ceil((refusal as RateLimiterRes).msBeforeNext / 1000);
    throw new Problem('TOO_MANY_REQUESTS', `too many failed logins: try again in ${seconds} seconds`, {
      retryAfterSeconds: seconds,
    });
  }
}

/** Whoever has one IPv6 address has the 2^64 of its network: they count as one. */
export function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address;
  const [head = '', tail = ''] = address.split('%')[0]!.split('::');
  const before = head.split(':').filter(Boolean);
  const after = tail.split(':').filter(Boolean);
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`;
}
