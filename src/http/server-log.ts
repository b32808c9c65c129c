import { ConsoleLogger } from '@nestjs/common';

/** What the framework says of itself at every start: of interest to nobody who runs the server. */
const FRAMEWORK_CONTEXTS = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
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
  const write = log.log.bind(log);
  log.log = (message: unknown, ...rest: unknown[]) => {
    if (!FRAMEWORK_CONTEXTS.has(String(rest.at(-1)))) write(message, ...rest);
  };
  return log;
}
