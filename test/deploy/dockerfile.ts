import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../support/test-server.js';

interface Instruction {
  keyword: string;
  rest: string;
}

/** The stages of the Dockerfile, each a list of its instructions; the first one of each is FROM. */
export function stagesOfDockerfile(): Instruction[][] {
  const text = readFileSync(join(PROJECT_ROOT, 'deploy', 'Dockerfile'), 'utf8').replaceAll('\\\n', '');
  const stages: Instruction[][] = [];
  for (const line of text.split('\n')) {
    const [, keyword, rest] = /^([A-Z]+) +(.*)$/.exec(line) ?? [];
    if (!keyword) continue;
    if (keyword === 'FROM') stages.push([]);
    stages.at(-1)!.push({ keyword, rest: rest!.replaceAll(/ +/g, ' ') });
  }
  return stages;
}

/** What follows a keyword, once for each time that it is there. */
export function restsOf(stage: Instruction[], keyword: string): string[] {
  return stage.filter((one) => one.keyword === keyword).map(({ rest }) => rest);
}

/** The environment that the image gives the server. */
export function imageEnvironment(): Record<string, string> {
  const pairs = restsOf(stagesOfDockerfile().at(-1)!, 'ENV').join(' ').trim().split(' ');
  return Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string]));
}

/** What the image runs for `CMD` or `HEALTHCHECK`, with the node of here in place of its own. */
export function commandOf(keyword: 'CMD' | 'HEALTHCHECK'): string[] {
  const [rest] = restsOf(stagesOfDockerfile().at(-1)!, keyword);
  const [program, ...args] = JSON.parse(rest!.slice(rest!.indexOf('['))) as string[];
  return [program === 'node' ? process.execPath : program!, ...args];
}
