import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const HAS_WRK = spawnSync('wrk', ['-v']).error === undefined;

/** Bodies are read from files: many records are too long for a command line. `arguments` begin with the address. */
const SCRIPT = `
local requests, turn = {}, 0
function init(arguments)
  for _, path in ipairs(arguments) do
    local file = io.open(path, "rb")
    requests[#requests + 1] = wrk.format(nil, nil, nil, file:read("*a"))
    file:close()
  end
  if #requests == 0 then requests[1] = wrk.format() end
end
function request()
  turn = turn % #requests + 1
  return requests[turn]
end
function done(summary)
  local failed = 0
  for _, count in pairs(summary.errors) do failed = failed + count end
  print(string.format('RESULT {"requests":%d,"microseconds":%d,"failed":%d}', summary.requests, summary.duration, failed))
end
`;

export interface WrkOptions {
  url: string;
  method: string;
  headers: Record<string, string>;
  bodies: string[];
  connections: number;
  /** At least one. */
  seconds: number;
}

/** @returns how many requests were answered in how many seconds, and how many of them with an error or not at all. */
export async function runWrk({ url, method, headers, bodies, connections, seconds }: WrkOptions) {
  const folder = await mkdtemp(join(tmpdir(), 'flowg-wrk-'));
  try {
    const script = join(folder, 'script.lua');
    await writeFile(script, `wrk.method = "${method}"\n${SCRIPT}`);
    const files = bodies.map((_, index) => join(folder, String(index)));
    for (const [index, file] of files.entries()) await writeFile(file, bodies[index]!);
    const options = ['--threads', '1', '--connections', String(connections), '--script', script];
    const head = Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
    const all = [...options, '--duration', `${Math.ceil(seconds)}s`, ...head, url, '--', ...files];
    const { stdout } = await promisify(execFile)('wrk', all);
    const result = /^RESULT (.+)$/m.exec(stdout)?.[1];
    if (!result) throw new Error(`wrk has measured nothing: ${stdout}`);
    const { requests, microseconds, failed } = JSON.parse(result) as Record<string, number>;
    return { requests: requests!, seconds: microseconds! / 1e6, failed: failed! };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
