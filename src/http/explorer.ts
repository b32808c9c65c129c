import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { SERVER_VERSION } from '../server-version.js';
import { TAGS } from './explorer-tags.js';

const INTRODUCTION = `A log-management server, compatible with the API of FlowG v0.27, with backup and restore online.

To try something out: execute \`POST /api/v1/auth/login\`, copy the \`token\` of its answer, press **Authorize** and paste
it into *jwtAuth* as it is. A Personal Access Token (\`POST /api/v1/token\`) goes into *patAuth* in the same way.

With curl: \`--header "Authorization: Bearer jwt:TOKEN"\`, or \`Bearer pat:TOKEN\` for a Personal Access Token.`;

/** `/api/docs` (Swagger UI) and `/api/docs/openapi.json`, both without a token, as in the reference. */
export function mountExplorer(application: NestExpressApplication): void {
  const configuration = new DocumentBuilder()
    .setTitle('Flowg API')
    .setVersion(`v${SERVER_VERSION}`)
    .setDescription(INTRODUCTION)
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'PAT' }, 'patAuth')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, 'jwtAuth');
  for (const [tag, description] of Object.entries(TAGS)) configuration.addTag(tag, description);
  const document = SwaggerModule.createDocument(application, configuration.build(), {
    autoTagControllers: false,
  });
  describeAccess(document);
  document.components!.schemas = { ...document.components!.schemas, Problem: PROBLEM_SCHEMA };
  SwaggerModule.setup('api/docs', application, document, {
    raw: ['json'],
    jsonDocumentUrl: 'api/docs/openapi.json',
    customSiteTitle: 'Flowg API',
    customCss: '.swagger-ui .topbar { display: none }',
    swaggerOptions: { persistAuthorization: true, displayRequestDuration: true, tryItOutEnabled: true },
  });
}

/** Says to people, above each operation, what `x-required-permissions` says to programs. */
function describeAccess({ paths }: OpenAPIObject): void {
  const operations = Object.values(paths).flatMap((item) => Object.values(item) as DocumentedOperation[]);
  for (const operation of operations) {
    operation.description = [operation.description, accessSentence(operation)].filter(Boolean).join('\n\n');
  }
}

function accessSentence(operation: DocumentedOperation): string | undefined {
  const needed = operation['x-required-permissions'];
  const anyOf = operation['x-required-any-of'];
  if (anyOf) return `Needs ${anyOf.map(inWords).join(', or ')}.`;
  // A route that forgot to say so is refused to everybody, and found by a test.
  if (!needed) return undefined;
  if (needed === 'public') return 'Needs no token.';
  return needed.length === 0 ? 'Needs a token, no permission.' : `Needs ${inWords(needed)}.`;
}

function inWords(permissions: string[]): string {
  return permissions.map((permission) => `\`${permission}\``).join(' and ');
}

interface DocumentedOperation {
  description?: string;
  'x-required-permissions'?: 'public' | string[];
  'x-required-any-of'?: string[][];
}

const PROBLEM_SCHEMA = {
  type: 'object',
  required: ['status', 'error'],
  properties: {
    status: { type: 'string', description: 'What kind of problem, for programs.' },
    error: { type: 'string', description: 'What is wrong and what to do next, for people.' },
    context: {
      type: 'object',
      description: 'Complaints about path and query parameters, by `<in>:<name>`.',
      additionalProperties: { type: 'array', items: { type: 'string' } },
    },
  },
};
