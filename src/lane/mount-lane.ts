import { ModulesContainer } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { RequestListener } from 'node:http';
import { KnownCallers } from '../auth/known-callers.js';
import { ProblemFilter } from '../http/problem.filter.js';
import type { RequestLog } from '../http/request-log.js';
import { SETTINGS, type Settings } from '../settings.js';
import { FAST_ROUTE_METADATA } from './fast-route.decorator.js';
import { Lane } from './lane.js';
import { type Handler, LaneRoute } from './lane-route.js';

/** @returns what takes every request of the server: the lane, and behind it the application. */
export function mountLane(
  application: NestExpressApplication,
  problems: ProblemFilter,
  requestLog: RequestLog,
): RequestListener {
  const settings = application.get<Settings>(SETTINGS);
  const lane = new Lane(
    [...fastRoutes(application.get(ModulesContainer))],
    application.get(KnownCallers),
    problems,
    requestLog,
    settings.http.bodyLimitBytes,
  );
  return lane.inFrontOf(application.getHttpAdapter().getInstance() as RequestListener);
}

function* fastRoutes(modules: ModulesContainer): Generator<LaneRoute> {
  for (const { controllers } of modules.values()) {
    for (const { instance } of controllers.values()) {
      const prototype = Object.getPrototypeOf(instance) as Record<string, Handler>;
      for (const name of Object.getOwnPropertyNames(prototype)) {
        const handler = prototype[name]!;
        if (Reflect.hasMetadata(FAST_ROUTE_METADATA, handler)) yield new LaneRoute(instance, handler);
      }
    }
  }
}
