import type { VrlSettings } from '../../settings.js';
import type { Stopped } from './task.js';

const MEBIBYTE = 1024 * 1024;

export type ScriptLimits = Pick<VrlSettings, 'timeoutMs' | 'memoryBytes'>;

/** Whether it was stopped for what it is, before any record. */
export function isOfScript(stopped: Stopped | undefined): stopped is Stopped {
  return stopped !== undefined && stopped.record === undefined && !stopped.together;
}

/** Why a script was stopped, in one line that a client may read. */
export function stopReason({ by, record }: Stopped, { timeoutMs, memoryBytes }: ScriptLimits): string {
  const what = record === undefined ? 'compiling the script' : 'the script';
  return by === 'time'
    ? `${what} took longer than ${timeoutMs} ms`
    : `${what} used more than ${memoryBytes / MEBIBYTE} MiB of memory or broke down`;
}
