import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Caller } from '#src/auth/caller.js';
import { CallersService } from '#src/auth/callers.service.js';
import { CallersStore } from '#src/auth/callers.store.js';
import { hashPersonalAccessToken } from '#src/auth/personal-access-token.js';
import { AuthFixture, SOME_HASH } from '../auth/staged-auth.js';
import { administers, type AuthContent, authContents, insertsOf, type Secret } from './random-auth.js';

const RUNS = Number(process.env.FLOWG_TEST_AUTH_DATABASES ?? 1000);

const HASHES: Record<Secret, string> = { one: SOME_HASH, two: SOME_HASH.replace(/A{4}$/, 'BBBA') };
const tokenOf = (secret: Secret) => `pat_${secret}`;

let live: AuthFixture;
let backup: AuthFixture;

beforeAll(async () => {
  [live, backup] = await Promise.all([AuthFixture.create(), AuthFixture.create()]);
});
afterAll(() => Promise.all([live.remove(), backup.remove()]));

async function fill(fixture: AuthFixture, content: AuthContent): Promise<void> {
  const tokenHash = (secret: Secret) => hashPersonalAccessToken(tokenOf(secret));
  const inserts = insertsOf(content, (secret) => HASHES[secret], tokenHash);
  await fixture.sql('DELETE FROM users', 'DELETE FROM roles', ...inserts);
}

/** Everybody who may ask for the restore, each with the JSON Web Token or a token that they have. */
function callersOf(content: AuthContent): Caller[] {
  const permissions = new Set(['write_acls'] as const);
  const administrators = Object.keys(content.users).filter((user) => administers(content, user));
  const byLogin = administrators.map((user): Caller => ({
    user,
    permissions,
    credential: { kind: 'jwt', expiresMs: Infinity },
  }));
  const byToken = Object.entries(content.tokens)
    .filter(([, { user }]) => administrators.includes(user))
    .map(([tokenUuid, { user }]): Caller => ({ user, permissions, credential: { kind: 'pat', tokenUuid } }));
  return [...byLogin, ...byToken];
}

/** Whether the caller, with what they had before, can administer once the backup is live. */
async function canComeBack(caller: Caller, before: AuthContent, after: AuthContent): Promise<boolean> {
  const services = new CallersService(new CallersStore(backup.database));
  const mayAdminister = (found: Promise<Caller>) =>
    found.then(
      ({ user, permissions }) => user === caller.user && permissions.has('write_acls'),
      () => false,
    );
  const byPassword =
    before.users[caller.user] === after.users[caller.user] &&
    (await mayAdminister(services.ofUser(caller.user, Infinity)));
  if (byPassword) return true;
  const { credential } = caller;
  if (credential.kind === 'jwt') return mayAdminister(services.ofUser(caller.user, credential.expiresMs));
  return mayAdminister(services.ofToken(tokenOf(before.tokens[credential.tokenUuid]!.secret)));
}

it(
  `of ${RUNS} random auth databases none is accepted that locks the caller or everybody out`,
  { timeout: 60_000 + RUNS * 100 },
  async () => {
    let accepted = 0;
    let refused = 0;
    const property = fc.asyncProperty(authContents, authContents, async (before, after) => {
      const callers = callersOf(before);
      fc.pre(callers.length > 0);
      await fill(live, before);
      await fill(backup, after);
      const somebody = Object.keys(after.users).some((user) => administers(after, user));
      const anybody = await succeeds(live.policy.requireAdministrator(backup.database));
      expect(anybody, 'somebody administers').toBe(somebody);
      for (const caller of callers) {
        const verdict = await succeeds(live.policy.requireWayBack(backup.database, caller));
        const open = await canComeBack(caller, before, after);
        if (verdict) expect(open, `accepted, but no way back for ${JSON.stringify(caller)}`).toBe(true);
        // A token that is in the backup under another UUID is the one thing that is not looked for.
        else if (caller.credential.kind === 'jwt') expect(open, 'refused without need').toBe(false);
        if (verdict && anybody) accepted++;
        else refused++;
      }
    });
    await fc.assert(property, { numRuns: RUNS, seed: 42 });
    console.log(`random auth databases: ${accepted} restores accepted, ${refused} refused`);
    expect(Math.min(accepted, refused)).toBeGreaterThan(RUNS / 10);
  },
);

function succeeds(verdict: Promise<void>): Promise<boolean> {
  return verdict.then(
    () => true,
    (error: { code?: string }) => {
      if (error.code !== 'CONFLICT') throw error;
      return false;
    },
  );
}
