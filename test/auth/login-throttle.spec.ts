import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { LoginThrottle, networkOf } from '#src/auth/login-throttle.js';
import { TestServer } from '../support/test-server.js';

const wrong = () => Promise.resolve(false);
const right = () => Promise.resolve(true);

describe('the throttle', () => {
  let throttle: LoginThrottle;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    throttle = new LoginThrottle();
  });
  afterEach(() => vi.useRealTimers());

  async function fail(times: number, user: string, address: string) {
    for (let n = 0; n < times; n++) expect(await throttle.attempt(user, address, wrong)).toBe(false);
  }

  it('stops the guessing of one password from one address, and forgives after a minute', async () => {
    await fail(10, 'root', '10.0.0.1');
    const check = vi.fn(right);
    await expect(throttle.attempt('root', '10.0.0.1', check)).rejects.toMatchObject({
      code: 'TOO_MANY_REQUESTS',
      message: 'too many failed logins: try again in 60 seconds',
      retryAfterSeconds: 60,
    });
    expect(check).not.toHaveBeenCalled();
    expect(await throttle.attempt('root', '10.0.0.2', right)).toBe(true);
    expect(await throttle.attempt('alice', '10.0.0.1', right)).toBe(true);
    vi.advanceTimersByTime(60_000);
    expect(await throttle.attempt('root', '10.0.0.1', right)).toBe(true);
  });

  it('forgets the failures of a user who then succeeds', async () => {
    for (let round = 0; round < 5; round++) {
      await fail(9, 'root', '10.0.0.1');
      expect(await throttle.attempt('root', '10.0.0.1', right)).toBe(true);
    }
  });

  it('stops an address that tries many users, but does not count successes', async () => {
    for (let n = 0; n < 200; n++) expect(await throttle.attempt('root', '10.0.0.1', right)).toBe(true);
    for (let n = 0; n < 100; n++) await fail(1, `user-${n}`, '10.0.0.1');
    await expect(throttle.attempt('root', '10.0.0.1', right)).rejects.toMatchObject({
      retryAfterSeconds: 60,
    });
    expect(await throttle.attempt('root', '10.0.0.2', right)).toBe(true);
  });

  it('gives many attempts at once no more guesses than one after the other', async () => {
    const check = vi.fn(wrong);
    const attempts = Array.from({ length: 50 }, () => throttle.attempt('root', '10.0.0.1', check));
    const refused = (await Promise.allSettled(attempts)).filter(({ status }) => status === 'rejected');
    expect(check).toHaveBeenCalledTimes(10);
    expect(refused).toHaveLength(40);
  });

  it('does not let many at once who know the password lock each other out', async () => {
    const attempts = Array.from({ length: 50 }, () => throttle.attempt('root', '10.0.0.1', right));
    expect(await Promise.all(attempts)).toEqual(Array.from({ length: 50 }, () => true));
  });

  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('counts %s as %s', (address, network) => expect(networkOf(address)).toBe(network));
});

describe('on the server', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await TestServer.start();
  });
  afterAll(() => server.stop());

  it('login answers 429 with Retry-After, also to the right password', async () => {
    const login = (password: string) =>
      server.request('POST', '/api/v1/auth/login', { json: { username: 'root', password } });
    const answers = await Promise.all(Array.from({ length: 12 }, () => login('wrong')));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      ...Array<number>(10).fill(401),
      429,
      429,
    ]);
    const answer = await login('root');
    expect(answer.status).toBe(429);
    const seconds = Number(answer.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(50);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(answer.body).toEqual({
      status: 'TOO_MANY_REQUESTS',
      error: expect.stringMatching(/^too many failed logins: try again in \d+ seconds$/),
    });
  });

  it('change-password cannot be used to guess a password either', async () => {
    server = await server.restarted();
    const token = await server.login();
    const json = { old_password: 'wrong', new_password: 'x' };
    const statuses = [];
    for (let n = 0; n < 11; n++)
      statuses.push((await server.request('POST', '/api/v1/auth/change-password', { token, json })).status);
    expect(statuses).toEqual([...Array<number>(10).fill(403), 429]);
  });
});
