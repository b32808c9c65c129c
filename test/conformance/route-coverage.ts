import { expect, it } from 'vitest';
import { documentedOperations } from '../support/api-document.js';
import type { Api } from './api.js';
import { ROUTES, type Route, type Section } from './routes.js';

/** Asked of all routes in one place: `routes-common.spec.ts`. */
const ASKED_OF_ALL = [401, 403, 413];

/** Needs a client that stops, a disk that is full or a server that fails: proved in other folders. */
const NEEDS_A_FAILURE = [408, 500, 503, 507];

/** To be called last in a spec: all routes of its section have been asked for all that they say they answer. */
export function coversItsRoutes(api: Api, section: Section): void {
  it(`each route of ${section} gave every answer that it documents, and no other`, async () => {
    const operations = await documentedOperations(api.server);
    for (const route of ROUTES.filter((one) => one.section === section)) {
      const { responses } = operations.find(({ operationId }) => operationId === route.operationId)!;
      const documented = Object.keys(responses).map(Number);
      const seen = statusesOf(api, route);
      const unproved = documented.filter(
        (status) => ![...seen, ...ASKED_OF_ALL, ...NEEDS_A_FAILURE].includes(status),
      );
      const undocumented = seen.filter((status) => ![...documented, 405].includes(status));
      expect({ unproved, undocumented }, route.operationId).toEqual({ unproved: [], undocumented: [] });
    }
  });
}

function statusesOf(api: Api, { method, path }: Route): number[] {
  const form = new RegExp(`^${path.replace(/\{[^}]+\}/g, '[^/]+')}$`);
  const own = api.asked.filter((asked) => asked.method === method && form.test(asked.path));
  return [...new Set(own.map(({ status }) => status))];
}
