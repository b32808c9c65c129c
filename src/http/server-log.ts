import { ConsoleLogger } from '@nestjs/common';
import type { Settings } from '../settings.js';

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

/** What can stand behind `name=` as it is. */
const PLAIN = /^[\w.:/@+-]+$/;

class ServerLog extends ConsoleLogger {
  /** Facts of a line of text as `name=value`, which people read and `grep` finds. */
  protected override stringifyParams(facts: Record<string, unknown>): string {
    return Object.entries(facts)
      .map(([name, value]) => `${name}=${PLAIN.test(String(value)) ? String(value) : JSON.stringify(value)}`)
      .join(' ');
  }
}

/**
 * The log on standard output, errors on standard error: lines of text, or an object in JSON each, in which the facts of a
 * line are properties of their own. `verbose` adds every request and the framework's own lines.
 */
export function createServerLog({
  verbose,
  logFormat,
}: Pick<Settings, 'verbose' | 'logFormat'>): ConsoleLogger {
  const json = logFormat === 'json';
  const log = new ServerLog({
    json,
    flattenParams: true,
    colors: !json && (process.stdout.isTTY ?? false),
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
