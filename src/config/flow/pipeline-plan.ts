import { missingNames, pipelineFaults } from './closure-faults.js';
import type { FlowFault } from './flow-fault.js';
import { type FlowGraph, readGraph } from './flow-graph.js';
import { type NodeWork, SOURCE_TYPES, type SourceType } from './node-work.js';
import type { PipelineClosure } from './pipeline-closure.js';

export interface PlannedNode {
  pipeline: string;
  id: string;
  work: NodeWork;
  /** Places in `PipelinePlan.nodes`, all behind this one. */
  targets: number[];
}

/** A pipeline as one graph, the pipelines it enters included, in an order in which nothing leads back. */
export interface PipelinePlan {
  name: string;
  nodes: PlannedNode[];
  /** Places of the sources by which records come in; of two of one type the last, as in the reference. */
  entrances: Partial<Record<SourceType, number>>;
  scripts: ReadonlyMap<string, string>;
}

/** One record may pass so many nodes, each as often as ways lead to it: a chain of forks doubles them at every link. */
const MOST_VISITS = 10_000;

/** @returns the plan, or everything that is wrong with the pipeline and with those that it enters. */
export function planPipeline(closure: PipelineClosure): { plan: PipelinePlan } | { faults: FlowFault[] } {
  const faults: FlowFault[] = [];
  const graphs = new Map<string, FlowGraph>();
  for (const [name, flow] of closure.flows) {
    const { graph, faults: own } = readGraph(flow);
    graphs.set(name, graph);
    own.push(...missingNames(graph, closure), ...pipelineFaults(name, graph, closure));
    for (const fault of own)
      faults.push(Object.assign(fault, { place: placeIn(closure, name, fault.place) }));
  }
  if (faults.length > 0) return { faults };
  const plan = joined(closure, graphs);
  const crowded = tooManyVisits(plan);
  return crowded ? { faults: [crowded] } : { plan };
}

/** Everything that is wrong with any of several pipelines, each fault once and by the name of the pipeline that has it. */
export function faultsOfAll(closures: PipelineClosure[]): FlowFault[] {
  const faults = new Map<string, FlowFault>();
  for (const closure of closures) {
    const result = planPipeline(closure);
    for (const fault of 'faults' in result ? result.faults : []) {
      const isOwn = !fault.place.startsWith('pipeline:');
      const place = isOwn ? `pipeline:${closure.name}/${fault.place}` : fault.place;
      faults.set(JSON.stringify([place, fault.text]), { ...fault, place });
    }
  }
  return [...faults.values()];
}

function placeIn(closure: PipelineClosure, pipeline: string, place: string): string {
  return pipeline === closure.name ? place : `pipeline:${pipeline}/${place}`;
}

interface NodeKey {
  pipeline: string;
  id: string;
}

const textOf = ({ pipeline, id }: NodeKey) => JSON.stringify([pipeline, id]);

function joined(closure: PipelineClosure, graphs: Map<string, FlowGraph>): PipelinePlan {
  const own = [...graphs.get(closure.name)!.works].filter(([, work]) => work.kind === 'source');
  const order = inOrder(
    own.map(([id]) => ({ pipeline: closure.name, id })),
    (key) => nextNodes(key, graphs),
  );
  const places = new Map(order.map((key, place) => [textOf(key), place]));
  const nodes = order.map(({ pipeline, id }) => ({
    pipeline,
    id,
    work: graphs.get(pipeline)!.works.get(id)!,
    targets: nextNodes({ pipeline, id }, graphs).map((target) => places.get(textOf(target))!),
  }));
  const entrances: PipelinePlan['entrances'] = {};
  for (const [id, work] of own) {
    if (work.kind === 'source') entrances[work.type] = places.get(textOf({ pipeline: closure.name, id }))!;
  }
  return { name: closure.name, nodes, entrances, scripts: closure.scripts };
}

/** All nodes that can be reached, each before those behind it. */
function inOrder(begin: NodeKey[], next: (key: NodeKey) => NodeKey[]): NodeKey[] {
  const backwards: NodeKey[] = [];
  const seen = new Set<string>();
  const stack = begin.map((key) => ({ key, done: false }));
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { key, done } = top;
    if (done) backwards.push(key);
    else if (!seen.has(textOf(key))) {
      seen.add(textOf(key));
      stack.push({ key, done: true }, ...next(key).map((target) => ({ key: target, done: false })));
    }
  }
  return backwards.toReversed();
}

/** Behind a `pipeline` node is the source by which the pipeline is entered. */
function nextNodes({ pipeline, id }: NodeKey, graphs: Map<string, FlowGraph>): NodeKey[] {
  const { works, targets } = graphs.get(pipeline)!;
  const work = works.get(id)!;
  if (work.kind !== 'pipeline') return (targets.get(id) ?? []).map((target) => ({ pipeline, id: target }));
  const entered = [...graphs.get(work.pipeline)!.works].filter(
    ([, source]) => source.kind === 'source' && source.type === 'direct',
  );
  return [{ pipeline: work.pipeline, id: entered.at(-1)![0] }];
}

function tooManyVisits({ nodes, entrances }: PipelinePlan): FlowFault | undefined {
  for (const type of SOURCE_TYPES) {
    const entrance = entrances[type];
    if (entrance === undefined) continue;
    const visits = nodes.map((_, place) => Number(place === entrance));
    for (const [place, { targets }] of nodes.entries())
      for (const target of targets) visits[target]! += visits[place]!;
    const total = visits.reduce((sum, count) => sum + count, 0);
    if (total > MOST_VISITS) {
      const text = `a record that comes in here would pass ${total} nodes, ${MOST_VISITS} are possible`;
      return { place: `node:${nodes[entrance]!.id}`, text };
    }
  }
  return undefined;
}
