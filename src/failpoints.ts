import { appendFileSync, closeSync, fsyncSync, openSync } from 'node:fs';

/**
 * Named places where the fault tests make the server fail: `FLOWG_TEST_FAILPOINTS=restore.staged=kill@/tmp/hits`.
 * Several are separated by commas. Without the setting every call is one comparison.
 *
 * - `kill`: the process dies at once, as by `kill -9` or a power cut.
 * - `error:CODE`: the call throws an error with that system code (`error:ENOSPC`).
 * - `sleep:MS`: the call waits, so that a test can look at the moment.
 *
 * The name after `@` is a file that gets the failpoint's name as a line, synced, before anything happens:
 * the proof that a fault hit its window.
 */
interface Armed {
  action: string;
  hits?: string;
}

const armed = new Map<string, Armed>();

/** @throws Error when the text is not of the form above. */
export function armFailpoints(text: string | undefined): void {
  armed.clear();
  for (const item of (text ?? '').split(',').filter(Boolean)) {
    const parts = /^([a-z][a-z.-]*)=(kill|error:[A-Z]+|sleep:\d+)(?:@(.+))?$/.exec(item);
    if (!parts) throw new Error(`not a failpoint: ${item}`);
    armed.set(parts[1]!, { action: parts[2]!, hits: parts[3] });
  }
}

/** Does nothing unless the fault tests armed this name. */
export async function failpoint(name: string): Promise<void> {
  const point = armed.size === 0 ? undefined : armed.get(name);
  if (!point) return;
  if (point.hits) recordHit(point.hits, name);
  const [action, detail] = point.action.split(':');
  if (action === 'kill') process.kill(process.pid, 'SIGKILL');
  if (action === 'error') throw Object.assign(new Error(`failpoint ${name}: ${detail}`), { code: detail });
  await new Promise((done) => setTimeout(done, Number(detail ?? 1000)));
}

function recordHit(file: string, name: string): void {
  const descriptor = openSync(file, 'a');
  appendFileSync(descriptor, `${name}\n`);
  fsyncSync(descriptor);
  closeSync(descriptor);
}
