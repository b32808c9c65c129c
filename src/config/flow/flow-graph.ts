import { type FlowFault, quoted } from './flow-fault.js';
import type { Flow } from './flow.schema.js';
import { type NodeWork, TERMINAL_KINDS, workOf } from './node-work.js';

/** A flow whose nodes are understood. */
export interface FlowGraph {
  /** By node id; a node that can do nothing is not among them. */
  works: Map<string, NodeWork>;
  /** Ids of the nodes behind a node, as often as edges lead there. */
  targets: Map<string, string[]>;
}

/** Reads a flow by itself, without what it names. @returns the graph as far as it makes sense, and all that does not. */
export function readGraph(flow: Flow): { graph: FlowGraph; faults: FlowFault[] } {
  const faults: FlowFault[] = [];
  const works = readNodes(flow, faults);
  const targets = readEdges(flow, works, faults);
  for (const id of nodesInCircles(targets)) {
    faults.push({ place: `node:${id}`, text: 'it lies on a way that leads in a circle' });
  }
  return { graph: { works, targets }, faults };
}

function readNodes(flow: Flow, faults: FlowFault[]): Map<string, NodeWork> {
  const works = new Map<string, NodeWork>();
  const seen = new Set<string>();
  for (const node of flow.nodes) {
    const place = `node:${node.id}`;
    if (seen.has(node.id)) {
      faults.push({ place, text: 'another node has the same id' });
      continue;
    }
    seen.add(node.id);
    const work = workOf(node);
    if (typeof work === 'string') faults.push({ place, text: work });
    else works.set(node.id, work);
  }
  return works;
}

function readEdges(flow: Flow, works: Map<string, NodeWork>, faults: FlowFault[]): Map<string, string[]> {
  const ids = new Set(flow.nodes.map(({ id }) => id));
  const targets = new Map<string, string[]>();
  for (const { id, source, target } of flow.edges) {
    const place = `edge:${id}`;
    const nowhere = [source, target].filter((end) => !ids.has(end));
    for (const end of nowhere) faults.push({ place, text: `there is no node ${quoted(end)}` });
    if (nowhere.length > 0) continue;
    const kind = works.get(source)?.kind;
    if (kind && TERMINAL_KINDS.has(kind)) {
      faults.push({
        place,
        text: `nothing can follow the node ${quoted(source)}, which is of type "${kind}"`,
      });
    }
    const known = targets.get(source);
    if (known) known.push(target);
    else targets.set(source, [target]);
  }
  return targets;
}

/** What is left when ends are cut off from both sides again and again: circles, and ways between circles. */
function nodesInCircles(targets: Map<string, string[]>): string[] {
  const forward = cutBeginnings(targets);
  return [...cutBeginnings(reversed(forward)).keys()];
}

/** Takes away nodes to which nothing leads, until there are none. */
function cutBeginnings(targets: Map<string, string[]>): Map<string, string[]> {
  const incoming = new Map<string, number>();
  for (const target of [...targets.values()].flat()) incoming.set(target, (incoming.get(target) ?? 0) + 1);
  const left = new Map(targets);
  const beginnings = [...left.keys()].filter((id) => !incoming.has(id));
  for (const id of beginnings) {
    for (const target of left.get(id) ?? []) {
      const count = incoming.get(target)! - 1;
      incoming.set(target, count);
      if (count === 0) beginnings.push(target);
    }
    left.delete(id);
  }
  return left;
}

function reversed(targets: Map<string, string[]>): Map<string, string[]> {
  const sources = new Map<string, string[]>();
  for (const [source, list] of targets) {
    for (const target of list) {
      if (!targets.has(target)) continue;
      const known = sources.get(target);
      if (known) known.push(source);
      else sources.set(target, [source]);
    }
  }
  return sources;
}
