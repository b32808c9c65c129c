import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { ProblemCode } from '../problems.js';
import type { Tag } from './explorer-tags.js';
import { ApiProblems } from './problem-docs.js';
import { takesBody } from './takes-body.js';

export interface OperationDocs {
  /** As the reference groups its routes. */
  tag: Tag;
  /** One line. */
  summary: string;
  /** Markdown. */
  description?: string;
  /** A success as it comes. Left out where the answer is not JSON. */
  answer?: Record<string, unknown>;
  /** Problems besides those of the access declaration, of the body, and INTERNAL. */
  problems?: ProblemCode[];
}

const OPERATION_ID_METADATA = 'flowg:operation-id';

const BODY_PROBLEMS: ProblemCode[] = ['INVALID_ARGUMENT', 'TIMEOUT', 'TOO_LARGE'];

/** Everything the explorer shows of a route, except who may use it: that is said by its access decorator. */
export function Operation(operationId: string, docs: OperationDocs): MethodDecorator {
  return (prototype, handlerName, descriptor) => {
    const ofBody = takesBody(prototype.constructor, handlerName) ? BODY_PROBLEMS : [];
    const problems = new Set<ProblemCode>([...ofBody, ...(docs.problems ?? []), 'INTERNAL']);
    applyDecorators(
      SetMetadata(OPERATION_ID_METADATA, operationId),
      ApiTags(docs.tag),
      ApiOperation({ operationId, summary: docs.summary, description: docs.description }),
      ApiProblems(...problems),
      ...(docs.answer ? [documentAnswer(docs.answer)] : []),
    )(prototype, handlerName, descriptor);
  };
}

/** The id of the operation that a handler is; its own name where it is none of the API. */
export function operationIdOf(handler: { name: string }): string {
  return (Reflect.getMetadata(OPERATION_ID_METADATA, handler) as string | undefined) ?? handler.name;
}

function documentAnswer(answer: Record<string, unknown>) {
  return ApiResponse({
    status: 200,
    description: 'Done.',
    content: { 'application/json': { schema: schemaOf(answer), example: answer } },
  });
}

interface JsonSchema {
  type: string;
  nullable?: boolean;
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
}

/** The shape of an answer, read off its example, so that the two can never differ. */
function schemaOf(value: unknown): JsonSchema {
  // Of what is absent in the example only texts are known.
  if (value === null) return { type: 'string', nullable: true };
  if (Array.isArray(value))
    return { type: 'array', items: value.length > 0 ? schemaOf(value[0]) : { type: 'object' } };
  if (typeof value === 'object') {
    const properties = Object.entries(value).map(([key, entry]) => [key, schemaOf(entry)] as const);
    return { type: 'object', properties: Object.fromEntries(properties) };
  }
  return { type: Number.isInteger(value) ? 'integer' : typeof value };
}
