import { ConsoleLogger } from '@nestjs/common';

/**
 * What the framework says of itself at every start: of interest to nobody who runs the server. Why a start failed is said
 * once, in one line, by `main.ts`.
 */
const FRAMEWORK_CONTEXTS = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
  'ExceptionHandler',
]);

/** The log on standard output. `verbose` adds every request and the framework's own lines. */
export function createServerLog(verbose: boolean): ConsoleLogger {
  const log = new ConsoleLogger({
    colors: process.stdout.isTTY ?? false,
    logLevels: verbose
      ? ['verbose', 'debug', 'log', 'warn', 'error', 'fatal']
      : ['log', 'warn', 'error', 'fatal'],
  });
  if (verbose) return log;
  for (const level of ['log', 'error'] as const) {
    const write = log[level].bind(log);
    log[level] = (message: unknown, ...rest: unknown[]) => {
      if (!FRAMEWORK_CONTEXTS.has(String(rest.at(-1)))) write(message, ...rest);
    };
  }
  return log;
}
