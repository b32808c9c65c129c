import { type ArgumentMetadata, RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { Reflector } from '@nestjs/core';
import { type Access, declaredAccess } from '../auth/access.decorators.js';
import { SchemaPipe } from '../http/schema.pipe.js';

export type Handler = (...values: never[]) => Promise<unknown>;

/** What a handler takes in one place, and from where. */
interface Argument {
  place: number;
  metadata: ArgumentMetadata;
}

/** As the decorators of a parameter leave it behind. */
type ParameterMetadata = Record<
  string,
  { index: number; data?: string; schema?: ArgumentMetadata['schema'] }
>;

const TYPES = new Map<number, ArgumentMetadata['type']>([
  [RouteParamtypes.PARAM, 'param'],
  [RouteParamtypes.BODY, 'body'],
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
  }

  /** Parameters by name, where this is a path of the route in its plainest form. */
  match(url: string): Record<string, string> | undefined {
    const found = this.path.exec(url);
    if (!found) return undefined;
    return Object.fromEntries(this.parameterNames.map((name, index) => [name, found[index + 1]!]));
  }

  /** @returns what the handler answers. @throws Problem INVALID_ARGUMENT by its schemas, and what it throws. */
  async call(parameters: Record<string, string>, body: unknown): Promise<unknown> {
    const values: unknown[] = [];
    for (const { place, metadata } of this.taken) {
      const value = metadata.type === 'body' ? body : parameters[metadata.data!];
      values[place] = await schemas.transform(value, metadata);
    }
    return this.handler.apply(this.controller, values as never[]);
  }
}

/** @throws Error at the start for a handler that takes what the lane cannot give. */
function argumentsOf(controller: object, handlerName: string): Argument[] {
  const parameters = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller.constructor, handlerName);
  return Object.entries(parameters as ParameterMetadata).map(([key, { index, data, schema }]) => {
    const type = TYPES.get(Number.parseInt(key, 10));
    if (!type) throw new Error(`${handlerName} takes more than parameters and a body: it is no fast route`);
    return { place: index, metadata: { type, data, schema } };
  });
}
