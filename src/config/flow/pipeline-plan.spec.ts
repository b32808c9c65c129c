import { describe, expect, it } from 'vitest';
import { DEFAULT_PIPELINE } from '../default-pipeline.js';
import type { FlowFault } from './flow-fault.js';
import type { Flow } from './flow.schema.js';
import type { PipelineClosure } from './pipeline-closure.js';
import { planPipeline } from './pipeline-plan.js';

const node = (id: string, type: string, data: Record<string, string> = {}) => ({
  id,
  type,
  data,
  position: { x: 0, y: 0 },
});
const source = (id = 'in', type = 'direct') => node(id, 'source', { type });
const router = (id: string, stream = 's') => node(id, 'router', { stream });
const transform = (id: string, transformer = 't') => node(id, 'transform', { transformer });
const enter = (id: string, pipeline: string) => node(id, 'pipeline', { pipeline });

function flow(nodes: Flow['nodes'], ...edges: [string, string][]): Flow {
  return {
    version: 1,
    nodes,
    edges: edges.map(([from, to]) => ({ id: `${from}-${to}`, source: from, sourceHandle: '', target: to })),
  };
}

const closure = (flows: Record<string, Flow>, more: Partial<PipelineClosure> = {}): PipelineClosure => ({
  name: 'a',
  flows: new Map(Object.entries(flows)),
  scripts: new Map([['t', '.']]),
  alerts: new Set(['w']),
  ...more,
});

function faultsOf(flows: Record<string, Flow>, more?: Partial<PipelineClosure>): FlowFault[] {
  const result = planPipeline(closure(flows, more));
  return 'faults' in result ? result.faults : [];
}

function planOf(flows: Record<string, Flow>) {
  const result = planPipeline(closure(flows));
  if ('faults' in result) throw new Error(JSON.stringify(result.faults));
  return result.plan;
}

describe('a flow that can run', () => {
  it.each<[string, Flow]>([
    ['the first pipeline of every server', DEFAULT_PIPELINE.flow],
    ['an empty one', flow([])],
    ['one whose nodes are not connected', flow([source(), router('r'), transform('t')])],
    ['a source without a type', flow([node('in', 'source')])],
    [
      'every type of node',
      flow(
        [
          source(),
          source('sys', 'syslog'),
          transform('t'),
          node('s', 'switch', { condition: 'a = "b"' }),
          router('r'),
          node('w', 'alert', { alert: 'w' }),
        ],
        ['in', 't'],
        ['sys', 't'],
        ['t', 's'],
        ['s', 'r'],
        ['s', 'w'],
      ),
    ],
  ])('%s', (_name, graph) => {
    expect(faultsOf({ a: graph })).toEqual([]);
  });

  it('is put into an order in which nothing leads back, with all that it enters', () => {
    const plan = planOf({
      a: flow(
        [router('r'), transform('t'), enter('p', 'b'), source('in')],
        ['in', 'p'],
        ['in', 't'],
        ['t', 'p'],
        ['t', 'r'],
      ),
      b: flow([source('old'), source('in'), router('r')], ['in', 'r']),
    });
    for (const [place, { targets }] of plan.nodes.entries())
      for (const target of targets) expect(target).toBeGreaterThan(place);
    const names = plan.nodes.map(({ pipeline, id }) => `${pipeline}/${id}`);
    // Of two direct sources the last one counts.
    expect(names.toSorted()).toEqual(['a/in', 'a/p', 'a/r', 'a/t', 'b/in', 'b/r']);
    const entered = plan.nodes.find(({ id }) => id === 'p')!;
    expect(entered.targets.map((place) => names[place])).toEqual(['b/in']);
    expect(names[plan.entrances.direct!]).toBe('a/in');
    expect(plan.entrances.syslog).toBeUndefined();
  });

  it('may lead to a node in several ways, which is not a circle', () => {
    const diamond = flow(
      [source(), transform('x'), transform('y'), router('r')],
      ['in', 'x'],
      ['in', 'y'],
      ['x', 'r'],
      ['y', 'r'],
      ['in', 'r'],
    );
    expect(faultsOf({ a: diamond })).toEqual([]);
  });
});

describe('a flow that cannot run', () => {
  it.each<[string, Flow, [place: string, text: RegExp][]]>([
    ['unknown type', flow([node('x', 'forwarder')]), [['node:x', /^unknown node type "forwarder"$/]]],
    ['a name of Object as type', flow([node('x', 'constructor')]), [['node:x', /unknown node type/]]],
    ['missing data', flow([node('x', 'router')]), [['node:x', /^the data key "stream" is missing$/]]],
    ['unknown source', flow([source('x', 'http')]), [['node:x', /^unknown source type "http"/]]],
    [
      'bad condition',
      flow([node('x', 'switch', { condition: 'a = b' })]),
      [['node:x', /^the condition is not a filter: position 4 \(line 1, column 5\)/]],
    ],
    ['bad stream', flow([router('x', '')]), [['node:x', /^"" cannot be the name of a stream/]]],
    ['edge to nowhere', flow([source()], ['in', 'gone']), [['edge:in-gone', /^there is no node "gone"$/]]],
    ['edge from nowhere', flow([router('r')], ['gone', 'r']), [['edge:gone-r', /^there is no node "gone"$/]]],
    [
      'edge out of an end',
      flow([source(), router('r'), router('q')], ['in', 'r'], ['r', 'q']),
      [['edge:r-q', /^nothing can follow the node "r", which is of type "router"$/]],
    ],
    ['the same id twice', flow([source('x'), router('x')]), [['node:x', /another node has the same id/]]],
    ['a node that leads to itself', flow([transform('x')], ['x', 'x']), [['node:x', /in a circle/]]],
    [
      'a circle, and what only leads there or comes from it is not blamed',
      flow(
        [source(), transform('x'), transform('y'), transform('z'), router('r')],
        ['in', 'x'],
        ['x', 'y'],
        ['y', 'z'],
        ['z', 'x'],
        ['y', 'r'],
      ),
      [
        ['node:x', /circle/],
        ['node:y', /circle/],
        ['node:z', /circle/],
      ],
    ],
  ])('%s', (_name, graph, expected) => {
    const faults = faultsOf({ a: graph }).toSorted((one, two) => (one.place < two.place ? -1 : 1));
    expect(faults.map(({ place }) => place)).toEqual(expected.map(([place]) => place));
    for (const [index, [, text]] of expected.entries()) expect(faults[index]!.text).toMatch(text);
  });

  it('names things that do not exist, and marks that nothing else is wrong with it', () => {
    const graph = flow([transform('t', 'nope'), node('w', 'alert', { alert: 'nope' }), enter('p', 'nope')]);
    expect(faultsOf({ a: graph })).toEqual([
      { place: 'node:t', text: 'transformer "nope" does not exist', missing: true },
      { place: 'node:w', text: 'alert "nope" does not exist', missing: true },
      { place: 'node:p', text: 'pipeline "nope" does not exist', missing: true },
    ]);
  });

  it('enters itself, at once or by way of others, or one that cannot be entered', () => {
    expect(faultsOf({ a: flow([enter('p', 'a')]) })).toEqual([
      { place: 'node:p', text: 'it leads back to where it comes from: "a" -> "a"' },
    ]);
    const round = {
      a: flow([source(), enter('p', 'b')]),
      b: flow([source(), enter('q', 'c')]),
      c: flow([source(), enter('r', 'a')]),
    };
    expect(faultsOf(round)).toEqual([
      { place: 'node:p', text: 'it leads back to where it comes from: "a" -> "b" -> "c" -> "a"' },
      { place: 'pipeline:b/node:q', text: expect.stringContaining('"b" -> "c" -> "a" -> "b"') },
      { place: 'pipeline:c/node:r', text: expect.stringContaining('"c" -> "a" -> "b" -> "c"') },
    ]);
    expect(faultsOf({ a: flow([enter('p', 'b')]), b: flow([source('s', 'syslog')]) })).toEqual([
      { place: 'node:p', text: 'pipeline "b" has no source of type "direct" to come in by' },
    ]);
  });

  it('has a fault in a pipeline that it enters', () => {
    const flows = { a: flow([enter('p', 'b')]), b: flow([source(), transform('x', 'gone')]) };
    expect(faultsOf(flows)).toEqual([
      { place: 'pipeline:b/node:x', text: 'transformer "gone" does not exist', missing: true },
    ]);
  });

  it('doubles a record so often that it would never end', () => {
    const nodes = [source('n0')];
    const edges: [string, string][] = [];
    for (let link = 0; link < 40; link++) {
      nodes.push(transform(`x${link}`), transform(`y${link}`), transform(`n${link + 1}`));
      for (const fork of [`x${link}`, `y${link}`]) edges.push([`n${link}`, fork], [fork, `n${link + 1}`]);
    }
    const [fault, ...others] = faultsOf({ a: flow(nodes, ...edges) });
    expect(others).toEqual([]);
    expect(fault).toMatchObject({
      place: 'node:n0',
      text: expect.stringMatching(/would pass \d+ nodes, 10000/),
    });
  });

  it('has ten thousand nodes in a row, and is looked through nevertheless', () => {
    const nodes = [source('n0')];
    const edges: [string, string][] = [];
    for (let link = 1; link < 9_990; link++) {
      nodes.push(transform(`n${link}`));
      edges.push([`n${link - 1}`, `n${link}`]);
    }
    expect(faultsOf({ a: flow(nodes, ...edges) })).toEqual([]);
  });
});
