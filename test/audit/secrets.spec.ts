import { afterAll, expect, it } from 'vitest';
import { download, upload } from '../support/backup-client.js';
import { TestServer } from '../support/test-server.js';

let server: TestServer | undefined;
afterAll(() => server?.stop());

it.each(['text', 'json'])(
  'no secret is in any line of the log, at its most verbose, as %s',
  async (format) => {
    const secrets = {
      key: 'a-secret-key-of-the-test',
      initial: 'the-initial-password',
      reset: 'the-reset-password',
      user: 'the-password-of-a-user',
      changed: 'the-changed-password',
      wrong: 'a-wrong-password',
      broken: 'a-password-in-broken-json',
    };
    server = await TestServer.start({
      env: {
        FLOWG_LOG_FORMAT: format,
        FLOWG_VERBOSE: 'true',
        FLOWG_SECRET_KEY: secrets.key,
        FLOWG_AUTH_INITIAL_PASSWORD: secrets.initial,
        FLOWG_AUTH_RESET_USER: 'second',
        FLOWG_AUTH_RESET_PASSWORD: secrets.reset,
      },
    });
    const root = await server.login('root', secrets.initial);
    const second = await server.login('second', secrets.reset);
    const token = await server.createToken(root);
    const user = { roles: ['viewer'], password: secrets.user };
    await server.ok('PUT', '/api/v1/users/ann', { token, json: user });
    const ann = await server.login('ann', secrets.user);
    const change = { old_password: secrets.user, new_password: secrets.changed };
    await server.ok('POST', '/api/v1/auth/change-password', { token: ann, json: change });
    for (const [path, sender] of [
      ['/api/v1/auth/change-password', ann],
      ['/api/v1/auth/login', undefined],
    ] as const) {
      const json = {
        username: 'ann',
        password: secrets.wrong,
        old_password: secrets.wrong,
        new_password: secrets.wrong,
      };
      await server.request('POST', path, { token: sender, json });
      const body = `{"username":"ann","password":${secrets.broken}`;
      await server.request('POST', path, {
        token: sender,
        body,
        headers: { 'Content-Type': 'application/json' },
      });
    }
    await server.request('PUT', '/api/v1/users/ann', { token: ann, json: user });
    await server.request('GET', `/api/v1/users?access_token=${token}`, { token });
    const { bytes } = await download(server, token, 'auth');
    await upload(server, token, 'auth', bytes);
    await server.request('GET', '/api/docs', { headers: { 'X-Request-Id': 'the-last-one' } });
    await server.waitFor(/the-last-one/);

    const printed = server.log;
    expect(printed).toContain('change_password');
    const [, , signature] = root.split('.');
    for (const secret of [...Object.values(secrets), root, second, ann, token, signature!])
      expect(printed.includes(secret), `${secret} in the log`).toBe(false);
    await server.stop();
  },
);
