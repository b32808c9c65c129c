import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import type { Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import { AppModule } from './app.module.js';
import { AuditInterceptor } from './audit/audit.interceptor.js';
import { AuditLog } from './audit/audit-log.js';
import { armFailpoints } from './failpoints.js';
import { corsOptions } from './http/cross-origin.js';
import { mountExplorer } from './http/explorer.js';
import { RenewableTls } from './http/renewable-tls.js';
import { JsonAdapter } from './http/json-adapter.js';
import { JsonAnswerInterceptor } from './http/json-answer.interceptor.js';
import { JsonBodyInterceptor } from './http/json-body.interceptor.js';
import { ProblemFilter } from './http/problem.filter.js';
import { mountLane } from './lane/mount-lane.js';
import { askBeforeBodies } from './http/request-body.js';
import { REQUEST_ID_HEADER } from './http/request-id.js';
import { RequestLog } from './http/request-log.js';
import { SchemaPipe } from './http/schema.pipe.js';
import { SECURITY_HEADERS } from './http/security-headers.js';
import { createServerLog } from './http/server-log.js';
import { type RouterLayer, unknownRoute } from './http/unknown-route.js';
import type { Settings } from './settings.js';

/** Builds the application as it runs in production; it does not listen yet. */
export async function createApplication(settings: Settings): Promise<NestExpressApplication> {
  process.umask(0o077);
  armFailpoints(settings.failpoints);
  const tls = settings.http.tls && RenewableTls.ofPair('http', settings.http.tls, settings.tlsReloadSeconds);
  const application = await NestFactory.create<NestExpressApplication>(
    AppModule.with(settings),
    new JsonAdapter(),
    {
      bodyParser: false,
      abortOnError: false,
      forceCloseConnections: false,
      logger: createServerLog(settings),
      httpsOptions: tls?.options,
    },
  );
  const requestLog = new RequestLog(settings.http.trustedProxies);
  configureRouting(application, requestLog, settings);
  application.useGlobalPipes(new SchemaPipe());
  const problems = new ProblemFilter();
  application.useGlobalFilters(problems);
  application.useGlobalInterceptors(
    new JsonAnswerInterceptor(),
    new AuditInterceptor(application.get(AuditLog)),
    new JsonBodyInterceptor(settings),
  );
  mountExplorer(application);
  configureServer(application, problems, requestLog);
  tls?.keepRenewed(application.getHttpServer() as TlsServer);
  return application;
}

function configureRouting(
  application: NestExpressApplication,
  requestLog: RequestLog,
  { http }: Settings,
): void {
  const express = application.getHttpAdapter().getInstance();
  // On the router itself: it exists since the adapter was made, and has read Express' settings by then.
  Object.assign(express.router, { strict: true, caseSensitive: true });
  express.set('etag', false);
  express.set('query parser', 'simple');
  application.useSecurityHeaders(SECURITY_HEADERS);
  application.use((request: Request, response: Response, next: NextFunction) => {
    response.setHeader(REQUEST_ID_HEADER, requestLog.begin(request, response).requestId);
    next();
  });
  if (http.corsOrigins) application.enableCors(corsOptions(http.corsOrigins));
  application.use(unknownRoute(() => express.router.stack as unknown as RouterLayer[]));
}

function configureServer(
  application: NestExpressApplication,
  problems: ProblemFilter,
  requestLog: RequestLog,
): void {
  const server: Server = application.getHttpServer();
  // An upload may take hours: what is limited is the time without a byte, where each body is read.
  server.requestTimeout = 0;
  const take = mountLane(application, problems, requestLog);
  server.removeAllListeners('request').on('request', take);
  askBeforeBodies(server, take);
}
