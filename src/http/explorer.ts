import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { SERVER_VERSION } from '../server-version.js';

const INTRODUCTION = `A log-management server, compatible with the API of FlowG v0.27.

**Authorize** takes what \`POST /api/v1/auth/login\` (for *jwtAuth*) or \`POST /api/v1/token\` (for *patAuth*) returned,
as it is. Programs may also send it as \`Authorization: Bearer jwt:…\` or \`Authorization: Bearer pat:…\`.
\`x-required-permissions\` of each operation names the permissions it needs.`;

/** `/api/docs` (Swagger UI) and `/api/docs/openapi.json`, both without a token, as in the reference. */
export function mountExplorer(application: NestExpressApplication): void {
  const configuration = new DocumentBuilder()
    .setTitle('Flowg API')
    .setVersion(`v${SERVER_VERSION}`)
    .setDescription(INTRODUCTION)
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'PAT' }, 'patAuth')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, 'jwtAuth')
    .build();
  const document = SwaggerModule.createDocument(application, configuration, { autoTagControllers: false });
  document.components!.schemas = { ...document.components!.schemas, Problem: PROBLEM_SCHEMA };
  SwaggerModule.setup('api/docs', application, document, {
    jsonDocumentUrl: 'api/docs/openapi.json',
    customSiteTitle: 'Flowg API',
    swaggerOptions: { persistAuthorization: true, displayRequestDuration: true, tryItOutEnabled: true },
  });
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
