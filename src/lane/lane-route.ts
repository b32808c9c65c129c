import { type ArgumentMetadata, RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { Reflector } from '@nestjs/core';
import type { ServerResponse } from 'node:http';
import { type Access, declaredAccess } from '../auth/access.decorators.js';
import { SchemaPipe } from '../http/schema.pipe.js';

export type Handler = (...values: never[]) => Promise<unknown>;

/** What a request brings to a handler. */
export interface Brought {
  /** Of the path, by name. */
  parameters: Record<string, string>;
  query: unknown;
  body: unknown;
  /** Of a handler that answers by itself. */
  response: ServerResponse;
}

/** What a handler takes in one place, and from where. */
type Argument = { place: number } & (
  { source: 'response' } | { source: 'param' | 'query' | 'body'; metadata: ArgumentMetadata }
);

/** As the decorators of a parameter leave it behind. */
type ParameterMetadata = Record<
  string,
  { index: number; data?: string; schema?: ArgumentMetadata['schema'] }
>;

const SOURCES = new Map<number, Argument['source']>([
  [RouteParamtypes.PARAM, 'param'],
  [RouteParamtypes.QUERY, 'query'],
  [RouteParamtypes.BODY, 'body'],
  [RouteParamtypes.RESPONSE, 'response'],
]);

const schemas = new SchemaPipe();

/**
 * A handler of a controller with all that its decorators say, ready to be called without the framework: what may be sent
 * to it and who may send it stands in one place, whichever way a request comes.
 */
export class LaneRoute {
  readonly method: string;
  /** As it is declared: `/api/v1/pipelines/:pipeline/logs`. */
  readonly template: string;
  readonly access: Access;
  private readonly path: RegExp;
  private readonly parameterNames: string[];
  private readonly taken: Argument[];
  private readonly sources: ReadonlySet<Argument['source']>;

  constructor(
    private readonly controller: object,
    private readonly handler: Handler,
  ) {
    const ofHandler = (key: string): unknown => Reflect.getMetadata(key, handler);
    const prefix = Reflect.getMetadata(PATH_METADATA, controller.constructor) as string;
    const segments = `${prefix}/${ofHandler(PATH_METADATA) as string}`.split('/');
    this.template = `/${segments.join('/')}`;
    this.method = RequestMethod[ofHandler(METHOD_METADATA) as RequestMethod];
    const access = declaredAccess(new Reflector(), {
      getHandler: () => handler,
      getClass: <T>() => controller.constructor as Type<T>,
    });
    if (!access) throw new Error(`${handler.name} declares no access: it is no fast route`);
    this.access = access;
    this.parameterNames = segments.filter((one) => one.startsWith(':')).map((one) => one.slice(1));
    // Characters that need no decoding: whatever else a name has, the router knows what to make of it.
    const pattern = segments.map((one) => (one.startsWith(':') ? '([\\w.~-]+)' : one)).join('/');
    this.path = new RegExp(`^/${pattern}$`);
    this.taken = argumentsOf(controller, handler.name);
    this.sources = new Set(this.taken.map(({ source }) => source));
  }

  /** Whether the handler takes something of this kind. */
  takes(source: Argument['source']): boolean {
    return this.sources.has(source);
  }

  /** Parameters by name, where this is a path of the route in its plainest form. */
  match(path: string): Record<string, string> | undefined {
    const found = this.path.exec(path);
    if (!found) return undefined;
    return Object.fromEntries(this.parameterNames.map((name, index) => [name, found[index + 1]!]));
  }

  /** @returns what the handler answers. @throws Problem INVALID_ARGUMENT by its schemas, and what it throws. */
  async call({ parameters, query, body, response }: Brought): Promise<unknown> {
    const values: unknown[] = [];
    for (const argument of this.taken) {
      if (argument.source === 'response') {
        values[argument.place] = response;
        continue;
      }
      const { source, metadata } = argument;
      const value = source === 'param' ? parameters[metadata.data!] : source === 'query' ? query : body;
      values[argument.place] = await schemas.transform(value, metadata);
    }
    return this.handler.apply(this.controller, values as never[]);
  }
}

/** @throws Error at the start for a handler that takes what the lane cannot give. */
function argumentsOf(controller: object, handlerName: string): Argument[] {
  const parameters = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller.constructor, handlerName);
  return Object.entries(parameters as ParameterMetadata).map(([key, { index, data, schema }]) => {
    const source = SOURCES.get(Number.parseInt(key, 10));
    if (!source || (source === 'query' && data !== undefined))
      throw new Error(`${handlerName} takes what the lane does not bring: it is no fast route`);
    if (source === 'response') return { place: index, source };
    return { place: index, source, metadata: { type: source, data, schema } };
  });
}
