import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AlertsService } from '#src/config/alerts.service.js';
import { configSchema } from '#src/config/config.schema.js';
import { PipelinesService } from '#src/config/pipelines.service.js';
import { PipelinesStore } from '#src/config/pipelines.store.js';
import { parseOnly } from '#src/config/take-definitions/parse-only.js';
import { TakeDefinitionsService } from '#src/config/take-definitions/take-definitions.service.js';
import { TransformersService } from '#src/config/transformers.service.js';
import { Databases } from '#src/database/databases.js';
import type { SqliteDatabase } from '#src/database/sqlite/sqlite-database.js';
import type { VrlEngine } from '#src/vrl/vrl-engine.js';
import { type StagedInMemory, stagedInMemory } from '../support/staged-in-memory.js';
import { createEngine } from '../vrl/engines.js';

let folder: string;
let databases: Databases;
let live: SqliteDatabase;
let staged: StagedInMemory;
let engine: VrlEngine;
let transformers: TransformersService;
let pipelines: PipelinesService;
let alerts: AlertsService;
let service: TakeDefinitionsService;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowg-test-'));
  const of = (name: string) => join(folder, name);
  const directories = { auth: of('auth'), config: of('config'), logs: of('logs'), backup: of('backup') };
  databases = await Databases.create(folder, directories, { walBudgetBytes: 2 ** 20, diskReserveBytes: 0 });
  const definition = { ...configSchema, name: 'config', durability: 'normal' } as const;
  live = await databases.open({ ...definition, directory: directories.config });
  staged = await stagedInMemory({ ...definition, directory: '' });
  engine = createEngine();
  transformers = new TransformersService(live, engine);
  pipelines = new PipelinesService(new PipelinesStore(live), live);
  alerts = new AlertsService(live);
  service = new TakeDefinitionsService(transformers, pipelines);
});
afterAll(async () => {
  await engine.onApplicationShutdown();
  await staged.close();
  await databases.onApplicationShutdown();
  await rm(folder, { recursive: true, force: true });
});

const TABLES = ['transformers', 'pipelines', 'alerts'];
beforeEach(() => transformers.save('kept', '.kept = true'));
afterEach(async () => {
  for (const table of TABLES) {
    await staged.query(`DELETE FROM ${table}`);
    await live.write((manager) => manager.query(`DELETE FROM ${table}`));
  }
});

/** A pipeline from its source through nodes, each of one type and with one name. */
function flow(...steps: [type: string, name: string][]): string {
  const keys: Record<string, string> = { transform: 'transformer', router: 'stream' };
  const nodes = steps.map(([type, name], n) => ({ id: `n${n}`, type, data: { [keys[type] ?? type]: name } }));
  return JSON.stringify({
    nodes: [{ id: 'in', type: 'source', data: { type: 'direct' } }, ...nodes],
    edges: nodes.map(({ id }, n) => ({ id: `e${n}`, source: n === 0 ? 'in' : `n${n - 1}`, target: id })),
  });
}

/** What a backup holds. */
async function backup(content: Partial<Record<string, Record<string, string>>>): Promise<void> {
  for (const [table, rows] of Object.entries(content))
    for (const row of Object.entries(rows!)) await staged.query(`INSERT INTO ${table} VALUES (?, ?)`, row);
}

const take = (only: string) => service.take(staged.generation, parseOnly(only));
const refusal = (only: string) =>
  take(only).then(
    () => ['taken'],
    ({ code, message, context }) => [code, message, context],
  );

async function names() {
  return [await transformers.list(), await pipelines.list(), await alerts.list()];
}
const UNTOUCHED = [['kept'], [], []];

describe('single definitions out of a backup', () => {
  it('come together, in whatever order they are named, and leave the rest as it is', async () => {
    await backup({
      transformers: { json: '. = parse_json!(.message)', other: '.a = 1' },
      pipelines: {
        'a,b': flow(['transform', 'json'], ['transform', 'kept'], ['pipeline', 'end']),
        end: flow(['alert', 'hook']),
        default: flow(['router', 's']),
      },
      alerts: { hook: '{"URL":"http://a.example","headers":{"X-Key":"v"},"more":1}' },
    });
    const answer = await take('pipelines/a%2Cb,pipelines/end,alerts/hook,transformers/json');
    expect(answer).toEqual({
      taken: { transformers: ['json'], pipelines: ['a,b', 'end'], alerts: ['hook'] },
    });
    expect(await names()).toEqual([['json', 'kept'], ['a,b', 'end'], ['hook']]);
    expect(await transformers.get('json')).toBe('. = parse_json!(.message)');
    expect(await alerts.get('hook')).toEqual({
      version: 0,
      url: 'http://a.example',
      headers: { 'X-Key': 'v' },
    });
    expect(pipelines.plan(await pipelines.closure('a,b')).nodes).toHaveLength(6);
  });

  it('replace what is live under their names', async () => {
    await backup({ transformers: { kept: '.kept = "no longer"' } });
    const { revision } = live;
    await take('transformers/kept');
    expect(await transformers.get('kept')).toBe('.kept = "no longer"');
    expect(live.revision).not.toBe(revision);
  });

  it('are refused as a whole where a name is not in the backup', async () => {
    await backup({ transformers: { json: '.a = 1' } });
    expect(await refusal('transformers/json,pipelines/p,alerts/a/b')).toEqual([
      'NOT_FOUND',
      'not found: this is not in the backup: pipeline "p", alert "a/b"; nothing was changed',
      undefined,
    ]);
    expect(await names()).toEqual(UNTOUCHED);
  });

  it('are refused as a whole where a script does not compile, with line and column of each', async () => {
    await backup({ transformers: { good: '.a = 1', bad: '.a = 1\n.b = nope(1)', worse: 'x y' } });
    const [code, message, context] = await refusal('transformers/good,transformers/bad,transformers/worse');
    expect(code).toBe('INVALID_ARGUMENT');
    expect(message).toMatch(
      /^invalid argument: transformer "bad": line 2, column 6: .+; transformer "worse": line 1, column \d+: /,
    );
    expect(Object.keys(context)).toEqual(['transformer:bad', 'transformer:worse']);
    expect(await names()).toEqual(UNTOUCHED);
  });

  it('are refused as a whole where a pipeline could not run, with all that is wrong, once', async () => {
    await backup({
      transformers: { json: '.a = 1' },
      pipelines: {
        outer: flow(['transform', 'nothing'], ['pipeline', 'inner']),
        inner: flow(['alert', 'nobody']),
      },
    });
    const [code, message, context] = await refusal('transformers/json,pipelines/outer,pipelines/inner');
    expect(code).toBe('INVALID_ARGUMENT');
    expect(message).toBe(
      'invalid argument: these definitions cannot run with what is live; nothing was changed; what is missing can be ' +
        'taken with them or created first: pipeline "outer", node "n0": transformer "nothing" does not exist; ' +
        'pipeline "inner", node "n0": alert "nobody" does not exist',
    );
    expect(context).toEqual({
      'pipeline:outer/node:n0': ['transformer "nothing" does not exist'],
      'pipeline:inner/node:n0': ['alert "nobody" does not exist'],
    });
    expect(await names()).toEqual(UNTOUCHED);
  });

  it('are refused where they lead in a circle, only together or with what is live', async () => {
    await backup({ pipelines: { a: flow(['pipeline', 'b']), b: flow(['pipeline', 'a']) } });
    expect((await refusal('pipelines/a,pipelines/b'))[1]).toContain(
      'it leads back to where it comes from: "a" -> "b" -> "a"',
    );
    await pipelines.save('b', { version: 1, nodes: [], edges: [] });
    expect((await refusal('pipelines/a'))[1]).toContain('"b" has no source of type "direct"');
    expect(await pipelines.list()).toEqual(['b']);
  });

  it('are refused where they are too large to be held at once', async () => {
    const large = '#'.repeat(9 * 1024 * 1024);
    await backup({ transformers: { a: large, b: large } });
    const [code, message] = await refusal('transformers/a,transformers/b');
    expect([code, message]).toEqual(['TOO_LARGE', expect.stringContaining('take fewer at a time')]);
  });
});
