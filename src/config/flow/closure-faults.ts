import { type FlowFault, quoted } from './flow-fault.js';
import { type FlowGraph, readGraph } from './flow-graph.js';
import type { Flow } from './flow.schema.js';
import { enteredPipelines, type PipelineClosure } from './pipeline-closure.js';

/** Names of things that do not exist. */
export function missingNames({ works }: FlowGraph, { scripts, alerts, flows }: PipelineClosure): FlowFault[] {
  const faults: FlowFault[] = [];
  const require = (found: boolean, id: string, kind: string, name: string) => {
    if (!found)
      faults.push({ place: `node:${id}`, text: `${kind} ${quoted(name)} does not exist`, missing: true });
  };
  for (const [id, work] of works) {
    if (work.kind === 'transform')
      require(scripts.has(work.transformer), id, 'transformer', work.transformer);
    if (work.kind === 'alert') require(alerts.has(work.alert), id, 'alert', work.alert);
    if (work.kind === 'pipeline') require(flows.has(work.pipeline), id, 'pipeline', work.pipeline);
  }
  return faults;
}

/** Nodes by which a pipeline leads back to itself, or to one that cannot be entered. */
export function pipelineFaults(name: string, { works }: FlowGraph, closure: PipelineClosure): FlowFault[] {
  const faults: FlowFault[] = [];
  for (const [id, work] of works) {
    if (work.kind !== 'pipeline' || !closure.flows.has(work.pipeline)) continue;
    const way = wayBetween(work.pipeline, name, closure);
    if (way) {
      const text = `it leads back to where it comes from: ${[name, ...way].map(quoted).join(' -> ')}`;
      faults.push({ place: `node:${id}`, text });
    } else if (!hasDirectSource(closure.flows.get(work.pipeline)!)) {
      const text = `pipeline ${quoted(work.pipeline)} has no source of type "direct" to come in by`;
      faults.push({ place: `node:${id}`, text });
    }
  }
  return faults;
}

function hasDirectSource(flow: Flow): boolean {
  const { graph } = readGraph(flow);
  return [...graph.works.values()].some((work) => work.kind === 'source' && work.type === 'direct');
}

/** The shortest way from one pipeline to another along `pipeline` nodes, both ends included. */
function wayBetween(from: string, to: string, { flows }: PipelineClosure): string[] | undefined {
  const ways = new Map([[from, [from]]]);
  for (const [name, way] of ways) {
    if (name === to) return way;
    for (const next of enteredPipelines(flows.get(name))) {
      if (!ways.has(next)) ways.set(next, [...way, next]);
    }
  }
  return undefined;
}
