import { afterAll, beforeAll, expect, it } from 'vitest';
import { Api } from './api.js';
import { matching, success } from './expectation.js';
import { OFFERED_ROLES } from './offered-roles.js';
import { perform, type Step } from './scenario.js';

/** Section 2, "Bootstrap": what a server makes of nothing, at each start. */

const api = new Api();
beforeAll(() => api.start());
afterAll(() => api.stop());

const list = (what: string, content: unknown): Step => ({
  method: 'GET',
  path: `/api/v1/${what}`,
  answer: success({ [what]: content }),
});
const remove = (path: string): Step => ({ method: 'DELETE', path: `/api/v1/${path}`, answer: success() });
const ADMIN = { name: 'admin', scopes: expect.arrayContaining(['write_acls', 'send_logs']) };
const ROOT = { name: 'root', roles: ['admin'] };

it('has three roles, a user and a pipeline, and nothing else', async () => {
  await perform(
    api,
    list('roles', [ADMIN, ...OFFERED_ROLES]),
    list('users', [ROOT]),
    list('pipelines', ['default']),
    list('transformers', []),
    list('alerts', []),
    list('streams', {}),
  );
});

it('keeps its key: a login of before a restart is good after it', async () => {
  await perform(
    api,
    { method: 'PUT', path: '/api/v1/pipelines/other', json: {}, answer: success() },
    {
      method: 'PUT',
      path: '/api/v1/users/alice',
      json: { roles: ['admin'], password: 'a' },
      answer: success(),
    },
    remove('pipelines/default'),
    remove('users/alice'),
  );
  await api.restart();
  await perform(api, list('users', [ROOT]), list('pipelines', ['other']));
});

it('makes again what there is none of, at the next start', async () => {
  await perform(api, remove('pipelines/other'), remove('roles/admin'));
  // Without a role root may do nothing any more, and with the last user gone nobody may.
  await api.restart();
  await perform(
    api,
    list('roles', [ADMIN, ...OFFERED_ROLES]),
    list('pipelines', ['default']),
    remove('users/root'),
  );
  await api.restart();
  const login = { username: 'root', password: 'root' };
  await perform(
    api,
    {
      as: 'guest',
      method: 'POST',
      path: '/api/v1/auth/login',
      json: login,
      answer: success({ token: matching(/./) }),
    },
    list('users', [ROOT]),
  );
});
