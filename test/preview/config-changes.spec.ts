import { applyPatch } from 'diff';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ANSWER_LIMITS, NO_LIMITS } from '#src/changes/change-limits.js';
import { type ConfigChanges, ConfigChangesService } from '#src/config/changes/config-changes.service.js';
import { configSchema } from '#src/config/config.schema.js';
import { flowSchema } from '#src/config/flow/flow.schema.js';
import { type StagedInMemory, stagedInMemory } from '../support/staged-in-memory.js';
import { type ConfigState, configStates, fillConfig, partsThatDiffer, shownAlert } from './config-model.js';
import { TwoSides } from './two-sides.js';

const service = new ConfigChangesService();
let two: TwoSides;
let empty: StagedInMemory;

beforeAll(async () => {
  const definition = { ...configSchema, name: 'config', directory: '', durability: 'full' } as const;
  two = await TwoSides.create(definition, ['transformers', 'pipelines', 'alerts']);
  empty = await stagedInMemory(definition);
});
afterEach(() => two.clear());
afterAll(async () => {
  await two.close();
  await empty.close();
});

type TextKind = 'transformers' | 'pipelines';

/** All texts of one side, as they are shown to somebody who has nothing. */
async function textsOf(side: StagedInMemory, kind: TextKind): Promise<Map<string, string>> {
  const { added } = (await service.between(empty.generation, side.generation, NO_LIMITS))[kind];
  return new Map(added.map(({ name, content }) => [name, content!]));
}

function patchedTexts(old: Map<string, string>, { added, changed, removed }: ConfigChanges[TextKind]) {
  const texts = new Map(old);
  for (const { name } of removed) expect(texts.delete(name)).toBe(true);
  for (const { name, content } of added) texts.set(name, content!);
  for (const { name, diff } of changed) {
    const patched = applyPatch(texts.get(name)!, diff!, { autoConvertLineEndings: false });
    expect(patched).not.toBe(texts.get(name));
    texts.set(name, patched as string);
  }
  return texts;
}

function expectAlerts(
  old: ConfigState,
  young: ConfigState,
  { added, changed, removed }: ConfigChanges['alerts'],
) {
  const names = (map: Map<string, unknown>, without: Map<string, unknown>) =>
    [...map.keys()].filter((name) => !without.has(name)).toSorted();
  expect(removed.map(({ name }) => name).toSorted()).toEqual(names(old.alerts, young.alerts));
  expect(added.map(({ name }) => name).toSorted()).toEqual(names(young.alerts, old.alerts));
  for (const { name, content } of added) expect(content).toEqual(shownAlert(young.alerts.get(name)!));
  const diffs = new Map(changed.map(({ name, diff }) => [name, diff]));
  for (const [name, before] of old.alerts) {
    const after = young.alerts.get(name);
    const parts = after ? partsThatDiffer(before, after) : [];
    expect(diffs.get(name)?.changed.toSorted() ?? []).toEqual(parts.toSorted());
    if (parts.length > 0)
      expect(diffs.get(name)).toMatchObject({ before: shownAlert(before), after: shownAlert(after!) });
  }
}

describe('the changes between two config databases', () => {
  it('make the new state of the old one, for any two states, and hold no secret', async () => {
    await fc.assert(
      fc.asyncProperty(configStates, configStates, async (old, young) => {
        await two.clear();
        await fillConfig(two.before, old);
        await fillConfig(two.after, young);
        const changes = await service.between(...two.sides, NO_LIMITS);
        expect(JSON.stringify(changes)).not.toContain('secret');
        for (const kind of ['transformers', 'pipelines'] as const) {
          const texts = patchedTexts(await textsOf(two.before, kind), changes[kind]);
          expect(texts).toEqual(await textsOf(two.after, kind));
          expect([...texts.keys()].toSorted()).toEqual([...young[kind].keys()].toSorted());
        }
        expectAlerts(old, young, changes.alerts);
      }),
      { numRuns: 150 },
    );
  });

  it('show scripts as they are, and flows as they are read', async () => {
    await fc.assert(
      fc.asyncProperty(configStates, async (state) => {
        await two.clear();
        await fillConfig(two.after, state);
        expect(await textsOf(two.after, 'transformers')).toEqual(state.transformers);
        for (const [name, text] of await textsOf(two.after, 'pipelines')) {
          const flow: unknown = flowSchema.parse(JSON.parse(state.pipelines.get(name)!));
          expect(JSON.parse(text)).toEqual(flow);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('are none where a flow is only written in another way', async () => {
    await two.before.query(`INSERT INTO pipelines VALUES ('p', '{"version":1,"nodes":[],"edges":null}')`);
    await two.after.query(`INSERT INTO pipelines VALUES ('p', '{"edges":[], "measured":5, "Version":1}')`);
    expect((await service.between(...two.sides)).pipelines.changed).toEqual([]);
  });

  it('show the lines of a flow that change', async () => {
    const flow = (stream: string) =>
      JSON.stringify({ nodes: [{ id: 'out', type: 'router', data: { stream, more: 'x' } }], edges: [] });
    await two.before.query(`INSERT INTO pipelines VALUES ('p', ?)`, [flow('old')]);
    await two.after.query(`INSERT INTO pipelines VALUES ('p', ?)`, [flow('new')]);
    const [change] = (await service.between(...two.sides)).pipelines.changed;
    expect(change!.diff!.split('\n')).toEqual([
      '@@ -4,7 +4,7 @@',
      '     {',
      '       "data": {',
      '         "more": "x",',
      '-        "stream": "old"',
      '+        "stream": "new"',
      '       },',
      '       "id": "out",',
      '       "position": {',
      '',
    ]);
  });

  it('say that a text is too long instead of showing it', async () => {
    const long = 'x'.repeat(ANSWER_LIMITS.textBytes);
    await two.before.query(`INSERT INTO transformers VALUES ('changed', ?), ('short', 'a')`, [long]);
    await two.after.query(
      `INSERT INTO transformers VALUES ('changed', 'y'), ('short', 'b'), ('fits', ?), ('long', ?)`,
      [long, `${long}é`],
    );
    await two.after.query(`INSERT INTO alerts VALUES ('long', json_object('url', ?))`, [`http://a/${long}`]);
    const { transformers, alerts } = await service.between(...two.sides);
    expect(transformers.added).toEqual([
      { name: 'fits', content: long },
      { name: 'long', content: null, content_too_long: true },
    ]);
    expect(transformers.changed).toEqual([
      { name: 'changed', diff: null, diff_too_long: true },
      { name: 'short', diff: expect.stringContaining('+b') },
    ]);
    expect(alerts.added).toEqual([{ name: 'long', content: null, content_too_long: true }]);
  });

  it('have room for so much text in all, and for so many names', async () => {
    const numbers = 'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10)';
    await two.after.query(`INSERT INTO transformers ${numbers} SELECT 'n' || i, 'four' FROM n`);
    const { added, more } = (
      await service.between(...two.sides, { ...ANSWER_LIMITS, items: 5, allTextBytes: 12 })
    ).transformers;
    expect(added.filter(({ content }) => content === 'four')).toHaveLength(3);
    expect(added.filter(({ content_too_long }) => content_too_long)).toHaveLength(2);
    expect(more).toEqual({ added: 5, changed: 0, removed: 0 });
  });
});
