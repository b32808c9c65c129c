import type { Permission } from '#src/auth/permissions.js';
import type { TestServer } from './test-server.js';

export interface Operation {
  method: string;
  /** With parameters in braces. */
  path: string;
  operationId: string;
  tags: string[];
  summary: string;
  permissions: 'public' | Permission[];
  /** Where it is not the same ones for everything: all of one of these. */
  anyOf?: Permission[][];
  security?: Record<string, string[]>[];
  parameters?: { in: string; name: string; required: boolean; schema: { example?: any } }[];
  requestBody?: { content: Record<string, { schema: any }> };
  responses: Record<string, { description: string; content?: Record<string, any> }>;
}

/** All operations that the server's own document shows, in its order. */
export async function documentedOperations(server: TestServer): Promise<Operation[]> {
  const { paths } = await server.ok('GET', '/api/docs/openapi.json');
  return Object.entries<Record<string, any>>(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) =>
      Object.assign(operation, {
        method: method.toUpperCase(),
        path,
        permissions: operation['x-required-permissions'],
        anyOf: operation['x-required-any-of'],
      }),
    ),
  );
}

/** What is answered to a request that does no harm: names of nothing, and a body that no route takes. */
export async function harmlessStatus(
  server: TestServer,
  { method, path }: Operation,
  token?: string,
): Promise<number> {
  const concrete = path
    .replace(/\{(id|token-uuid)\}/, '00000000-0000-4000-8000-000000000000')
    .replace(/\{[^}]+\}/, 'nothing-here');
  const json = method === 'POST' || method === 'PUT' ? [] : undefined;
  return server.status(method, concrete, { token, json });
}
