import type { SourceType } from '../../config/flow/node-work.js';
import type { PipelinePlan, PlannedNode } from '../../config/flow/pipeline-plan.js';
import { compileFilter } from '../../filter/compile-filter.js';
import type { Fields } from '../record.js';

/** What is done with a record in a node. */
export type CompiledWork =
  | { kind: 'pass' }
  | { kind: 'transform'; script: string }
  | { kind: 'switch'; matches: (record: Fields) => boolean }
  | { kind: 'arrive'; at: Destination };

/** Where records end up. */
export type Destination = { kind: 'stream'; stream: string } | { kind: 'alert'; alert: string };

export interface CompiledNode {
  id: string;
  /** As people read it: `node "x"`, or `pipeline "b", node "x"` in a pipeline that was entered. */
  label: string;
  /** The pipeline it belongs to. */
  pipeline: string;
  work: CompiledWork;
  /** Places in `CompiledPipeline.nodes`, all behind this one. */
  targets: number[];
}

export interface CompiledPipeline {
  name: string;
  nodes: CompiledNode[];
  entrances: Partial<Record<SourceType, number>>;
}

export function compilePipeline({ name, nodes, entrances, scripts }: PipelinePlan): CompiledPipeline {
  return {
    name,
    entrances,
    nodes: nodes.map((node) => ({
      id: node.id,
      label: labelOf(node, name),
      pipeline: node.pipeline,
      work: compileWork(node, scripts),
      targets: node.targets,
    })),
  };
}

function compileWork({ work }: PlannedNode, scripts: ReadonlyMap<string, string>): CompiledWork {
  switch (work.kind) {
    case 'source':
    case 'pipeline':
      return { kind: 'pass' };
    case 'transform':
      return { kind: 'transform', script: scripts.get(work.transformer)! };
    case 'switch':
      return { kind: 'switch', matches: compileFilter(work.condition) };
    case 'router':
      return { kind: 'arrive', at: { kind: 'stream', stream: work.stream } };
    case 'alert':
      return { kind: 'arrive', at: { kind: 'alert', alert: work.alert } };
  }
}

function labelOf({ pipeline, id }: PlannedNode, root: string): string {
  const own = `node ${JSON.stringify(id)}`;
  return pipeline === root ? own : `pipeline ${JSON.stringify(pipeline)}, ${own}`;
}
