import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestServer } from '../support/test-server.js';
import { type Forgery, forgeJwt, inSeconds, SECRET_KEY } from './forged-jwt.js';

let server: TestServer;
let jwt: string;
let pat: string;

beforeAll(async () => {
  server = await TestServer.start({ env: { FLOWG_SECRET_KEY: SECRET_KEY } });
  jwt = await server.login();
  pat = await server.createToken(jwt);
});
afterAll(() => server.stop());

function whoami(authorization: string | undefined, query = '') {
  const headers: Record<string, string> = authorization === undefined ? {} : { Authorization: authorization };
  return server.request('GET', `/api/v1/auth/whoami${query}`, { headers });
}

describe('accepted forms of the header', () => {
  it.each([
    ['Bearer jwt:', () => jwt],
    ['bearer JWT:', () => jwt],
    ['Bearer ', () => jwt],
    ['Bearer jwt_', () => jwt],
    ['Bearer pat:', () => pat],
    ['BEARER Pat:', () => pat],
    ['Bearer ', () => pat],
  ])('%s<token>', async (prefix, token) => {
    const answer = await whoami(prefix + token());
    expect(answer.status).toBe(200);
    expect(answer.body.user).toEqual({ name: 'root', roles: ['admin'] });
  });
});

describe('refused', () => {
  it.each([
    ['no header', undefined, 'missing token'],
    ['an empty one', '', 'missing token'],
    ['something raw', 'Bearer secret', 'missing token'],
    ['another scheme', 'Basic cm9vdDpyb290', 'missing token'],
    ['no token behind the prefix', 'Bearer pat:', 'missing token'],
    ['an unknown PAT', `Bearer pat:pat_${'a'.repeat(32)}`, 'invalid token'],
    ['a PAT with a space', 'Bearer pat:pat_a b', 'invalid token'],
    ['an unreadable JWT', 'Bearer jwt:garbage', 'failed to parse JWT: token is malformed: jwt malformed'],
    ['JSON that is none', 'Bearer a.b.c', 'failed to parse JWT: token is malformed: invalid token'],
  ])('%s', async (_what, header, text) => {
    const answer = await whoami(header);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="flowg"');
    expect(answer.body).toEqual({ status: 'UNAUTHENTICATED', error: `unauthenticated: ${text}` });
  });

  it('a PAT presented as a JWT, and the other way round', async () => {
    expect((await whoami(`Bearer jwt:${pat}`)).status).toBe(401);
    expect((await whoami(`Bearer pat:${jwt}`)).status).toBe(401);
  });

  it.each(['access_token=x', 'access_token=', 'a=1&access_token=x'])(
    'a token in the URL (%s), even beside a good header',
    async (query) => {
      const answer = await whoami(`Bearer pat:${pat}`, `?${query}`);
      expect(answer.status).toBe(401);
      expect(answer.body.error).toMatch(/^unauthenticated: a token in the URL ends up in logs/);
    },
  );
});

describe('a JSON Web Token', () => {
  const BAD_SIGNATURE = 'token signature is invalid: signature is invalid';
  const BAD_CLAIMS = 'token has invalid claims: ';

  it('has exactly the claims of the reference, for 24 hours', () => {
    const [header, claims] = jwt.split('.').map((part) => Buffer.from(part, 'base64url').toString());
    expect(JSON.parse(header!)).toEqual({ alg: 'HS256', typ: 'JWT' });
    const { exp, ...others } = JSON.parse(claims!);
    expect(others).toEqual({ iss: 'flowg', sub: 'root' });
    expect(Math.abs(exp - inSeconds(24 * 3600))).toBeLessThan(60);
  });

  it('is accepted when it is ours', async () => {
    expect((await whoami(`Bearer jwt:${forgeJwt()}`)).status).toBe(200);
  });

  it.each<[string, Forgery, string]>([
    ['expired', { claims: { exp: inSeconds(-1) } }, `${BAD_CLAIMS}token is expired`],
    ['not valid yet', { claims: { nbf: inSeconds(60) } }, `${BAD_CLAIMS}token is not valid yet`],
    ['without an end', { claims: { exp: undefined } }, `${BAD_CLAIMS}token is missing required claim`],
    ['without a user', { claims: { sub: undefined } }, `${BAD_CLAIMS}token is missing required claim`],
    ['of another issuer', { claims: { iss: 'other' } }, `${BAD_CLAIMS}token has invalid issuer`],
    ['without an issuer', { claims: { iss: undefined } }, `${BAD_CLAIMS}token has invalid issuer`],
    ['of another key', { key: 'somebody else has this key' }, BAD_SIGNATURE],
    ['unsigned, alg none', { header: { alg: 'none' }, digest: 'none' }, BAD_SIGNATURE],
    ['alg none with a signature', { header: { alg: 'none' } }, BAD_SIGNATURE],
    ['unsigned, alg HS256', { digest: 'none' }, BAD_SIGNATURE],
    ['HS512 with our key', { header: { alg: 'HS512' }, digest: 'sha512' }, BAD_SIGNATURE],
  ])('is refused when it is %s', async (_what, forgery, text) => {
    const answer = await whoami(`Bearer jwt:${forgeJwt(forgery)}`);
    expect(answer.status).toBe(401);
    expect(answer.body.error).toBe(`unauthenticated: failed to parse JWT: ${text}`);
  });

  it('is refused when its user does not exist', async () => {
    const answer = await whoami(`Bearer jwt:${forgeJwt({ claims: { sub: 'nobody' } })}`);
    expect(answer.status).toBe(401);
    expect(answer.body.error).toBe('unauthenticated: invalid token');
  });
});
