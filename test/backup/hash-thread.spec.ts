import * as fc from 'fast-check';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { HashThread } from '#src/backup/digest/hash-thread.js';
import { sha256For } from '#src/backup/digest/sha256.js';

const MEBIBYTE = 1024 * 1024;

it('a thread comes to the same digest as one hash over all bytes, however they are cut', async () => {
  const sizes = fc.array(fc.oneof(fc.nat(70_000), fc.constantFrom(0, 1, 262_144, 262_145, 3_000_000)), {
    maxLength: 60,
  });
  await fc.assert(
    fc.asyncProperty(sizes, async (lengths) => {
      const ended = vi.fn();
      const thread = new HashThread(ended);
      const whole = createHash('sha256');
      for (const [index, length] of lengths.entries()) {
        const chunk = Buffer.alloc(length, index);
        whole.update(chunk);
        await thread.update(chunk);
        // The bytes are the caller's again.
        chunk.fill(255);
      }
      expect(await thread.digest()).toBe(whole.digest('hex'));
      await thread.giveUp();
      expect(ended).toHaveBeenCalledTimes(1);
    }),
    { numRuns: 15 },
  );
});

it('the caller waits for a thread that is behind, and goes on with it', async () => {
  const thread = new HashThread(() => undefined);
  const chunk = Buffer.alloc(64 * MEBIBYTE, 7);
  const turns = vi.fn();
  const ticking = setInterval(turns, 1);
  await thread.update(chunk);
  clearInterval(ticking);
  // Sixteen times what is between them: it could not be done without a break.
  expect(turns.mock.calls.length).toBeGreaterThan(2);
  expect(await thread.digest()).toBe(createHash('sha256').update(chunk).digest('hex'));
  await thread.giveUp();
});

it('a thread that ends is an error for whoever needs it, not a wait without end', async () => {
  const waiting = new HashThread(() => undefined);
  const rest = waiting.update(Buffer.alloc(256 * MEBIBYTE));
  rest.catch(() => undefined);
  await sleep(20);
  await waiting.giveUp();
  await expect(rest).rejects.toThrow('has ended');
  await expect(waiting.update(Buffer.alloc(1))).rejects.toThrow('has ended');
  await expect(waiting.digest()).rejects.toThrow('has ended');
});

it('short texts need no thread, and there are no more threads than processors', async () => {
  const short = sha256For(MEBIBYTE);
  await short.update(Buffer.from('abc'));
  expect(short).not.toBeInstanceOf(HashThread);
  expect(await short.digest()).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');

  const many = Array.from({ length: 200 }, () => sha256For(100 * MEBIBYTE));
  const threads = many.filter((hash) => hash instanceof HashThread);
  expect(threads.length).toBeGreaterThan(0);
  expect(threads.length).toBeLessThan(200);
  for (const hash of many) await hash.giveUp();
  const after = sha256For(100 * MEBIBYTE);
  expect(after).toBeInstanceOf(HashThread);
  await after.giveUp();
});
