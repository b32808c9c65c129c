import { describe, expect, it, vi } from 'vitest';
import { LoginThrottle } from '#src/auth/login-throttle.js';
import { isBearablePasswordHash, Passwords } from '#src/auth/passwords.js';
import { UsersService } from '#src/auth/users.service.js';

const argon2 = vi.hoisted(() => ({ verified: [] as string[] }));

vi.mock('@node-rs/argon2', async (original) => {
  const real = await original<typeof import('@node-rs/argon2')>();
  const verify: typeof real.verify = (hash, password) => {
    argon2.verified.push(String(hash));
    return real.verify(hash, password);
  };
  return { ...real, verify };
});

describe('passwords', () => {
  const passwords = new Passwords();

  it('are hashed with Argon2id at the chosen cost, salted', async () => {
    const [one, two] = await Promise.all([passwords.hash('secret'), passwords.hash('secret')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(two);
    expect(await passwords.verify(one, 'secret')).toBe(true);
    expect(await passwords.verify(one, 'Secret')).toBe(false);
    expect(await passwords.verify(one, '')).toBe(false);
  });

  it('are verified against a hash of the same cost where there is none', async () => {
    argon2.verified.length = 0;
    expect(await passwords.verify(undefined, 'secret')).toBe(false);
    expect(argon2.verified).toEqual([expect.stringMatching(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)]);
    expect(isBearablePasswordHash(argon2.verified[0]!)).toBe(true);
  });

  it('cost a login of an unknown user as much as one of a known user', async () => {
    const hash = await passwords.hash('secret');
    const store = { passwordHash: async (name: string) => (name === 'known' ? hash : undefined) };
    const users = new UsersService(store as any, passwords, new LoginThrottle());
    argon2.verified.length = 0;
    expect(await users.isPassword('known', 'wrong', '::1')).toBe(false);
    expect(await users.isPassword('unknown', 'wrong', '::1')).toBe(false);
    expect(argon2.verified.map((one) => one.split('$')[3])).toEqual(['m=19456,t=2,p=1', 'm=19456,t=2,p=1']);
  });
});

describe('a stored hash', () => {
  const SALT = 'A'.repeat(22);
  const KEY = 'A'.repeat(43);

  it.each([
    `$argon2id$v=19$m=19456,t=2,p=1$${SALT}$${KEY}`,
    `$argon2id$v=19$m=262144,t=16,p=4$${SALT}$${KEY}`,
  ])('may be %s', (hash) => expect(isBearablePasswordHash(hash)).toBe(true));

  it.each([
    '',
    'root',
    `$argon2id$v=19$m=262145,t=2,p=1$${SALT}$${KEY}`,
    `$argon2id$v=19$m=19456,t=17,p=1$${SALT}$${KEY}`,
    `$argon2id$v=19$m=19456,t=2,p=17$${SALT}$${KEY}`,
    `$argon2id$v=19$m=1,t=1,p=1$${SALT}$${KEY}`,
    `$argon2id$v=19$m=4294967295,t=4294967295,p=255$${SALT}$${KEY}`,
    `$argon2i$v=19$m=19456,t=2,p=1$${SALT}$${KEY}`,
    `$argon2id$v=16$m=19456,t=2,p=1$${SALT}$${KEY}`,
    `$argon2id$v=19$m=19456,t=2,p=1$${SALT}$`,
    `$argon2id$v=19$m=19456,t=2,p=1$${SALT}$${KEY}=`,
    `$argon2id$v=19$m=19456,t=2,p=1$not base 64$${KEY}`,
    '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy',
  ])('may not be %s', (hash) => expect(isBearablePasswordHash(hash)).toBe(false));
});
