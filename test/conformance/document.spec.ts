import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentedOperations } from '../support/api-document.js';
import { Api } from './api.js';
import { ROUTES } from './routes.js';
import { each, scenarios } from './scenario.js';

/** Section 1.0, "API docs": the document tells of the same routes as the contract. */

const api = new Api();
beforeAll(() => api.start());
afterAll(() => api.stop());

const document = () => api.ok('GET', '/api/docs/openapi.json', undefined, 'guest');

describe('the document', () => {
  it('has the routes of the contract, those that came later, and no other', async () => {
    const documented = (await documentedOperations(api.server)).map(
      ({ method, path, operationId, permissions }) =>
        JSON.stringify([method, path, operationId, permissions === 'public' ? 'nothing' : permissions]),
    );
    const expected = ROUTES.map(({ method, path, operationId, needs }) =>
      JSON.stringify([method, path, operationId, needs]),
    );
    expect(documented.toSorted()).toEqual(expected.toSorted());
  });

  it('is OpenAPI 3.1.0 with the title and the tags of the reference', async () => {
    const { openapi, info, tags } = await document();
    expect([openapi, info.title]).toEqual(['3.1.0', 'Flowg API']);
    expect(tags.map(({ name }: { name: string }) => name).toSorted()).toEqual(
      'acls alerts auth backup pipelines streams tests transformers'.split(' '),
    );
  });

  it('has the two kinds of token', async () => {
    const bearer = { type: 'http', scheme: 'bearer' };
    expect((await document()).components.securitySchemes).toEqual({
      patAuth: { ...bearer, bearerFormat: 'PAT' },
      jwtAuth: { ...bearer, bearerFormat: 'JWT' },
    });
  });

  it('carries the version of this server, not that of the reference', async () => {
    const { info } = await document();
    expect(info.version).toMatch(/^v\d+\.\d+\.\d+$/);
    expect(info.version).not.toBe('v0.27.3');
  });

  it('tells of 413 wherever a body has a limit', async () => {
    const limited = ROUTES.filter(({ takes }) => takes !== undefined && takes !== 'form');
    const operations = await documentedOperations(api.server);
    const silent = limited.filter(
      ({ operationId }) => !operations.find((one) => one.operationId === operationId)!.responses['413'],
    );
    expect(silent.map(({ operationId }) => operationId)).toEqual([]);
  });

  scenarios(
    api,
    each(['/api/docs', '/api/docs/'], (path) => ({
      name: `${path} is a page for everybody`,
      as: 'guest',
      method: 'GET',
      path,
      answer: { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, text: /<html/ },
    })),
  );
});
