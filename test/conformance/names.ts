import { it } from 'vitest';
import type { Api } from './api.js';
import { invalidParameters } from './expectation.js';
import { bodyHeaders, ROUTES, type Section } from './routes.js';
import { perform } from './scenario.js';

/** So that nothing but the name is wrong. */
const BODY = '{"password":"p"}';
const QUERY = '?from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z';

const REFUSED = {
  [encodeURIComponent('é'.repeat(128))]: 'at most 255 bytes in UTF-8',
  'a%00b': 'without NUL characters',
};

/** Any text is a name but what cannot be kept or shown: on each route of the section that has one in its path. */
export function refusesBadNames(api: Api, section: Section): void {
  const routes = ROUTES.filter((route) => route.section === section && /\{\w+\}/.test(route.path));
  for (const route of routes) {
    const { method, path, operationId, takes } = route;
    const name = /\{(\w+)\}/.exec(path)![1]!;
    if (name === 'id') continue;
    it(`${operationId} takes no name of more than 255 bytes, and none with a NUL`, async () => {
      for (const [encoded, complaint] of Object.entries(REFUSED)) {
        const concrete = path.replace(/\{\w+\}/, encoded) + (operationId === 'query_stream' ? QUERY : '');
        const sent = takes && { headers: bodyHeaders(route), body: BODY };
        const answer = invalidParameters({ [`path:${name}`]: [complaint] });
        await perform(api, { method, path: concrete, ...sent, answer });
      }
    });
  }
}
