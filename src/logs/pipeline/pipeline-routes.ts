import type { Flow } from '../../config/flow.schema.js';
import { nameSchema } from '../../http/name.schema.js';
import { invalidArgument, Problem } from '../../problems.js';

type Node = Flow['nodes'][number];

/**
 * The streams that a record reaches from the `direct` source, one for each router on its way. Each node is entered
 * once, whatever the edges say: a circle of sources ends.
 * @throws Problem INVALID_ARGUMENT for a graph that cannot run, UNIMPLEMENTED for a node that this version cannot run.
 * As in the reference the whole graph counts, not only the part that a record would pass.
 */
export function streamsReachedBy(flow: Flow): string[] {
  const nodes = new Map(flow.nodes.map((node) => [node.id, node]));
  for (const node of nodes.values()) requireRunnable(node);
  const targets = targetsBySource(flow, nodes);
  const sources = [...nodes.values()].filter(
    (node) => node.type === 'source' && sourceTypeOf(node) === 'direct',
  );
  // Of two direct sources the last one counts, as in the reference.
  const entrance = sources.at(-1);
  if (!entrance) throw cannotRun('it has no source node of type "direct"');
  const reached = new Set([entrance.id]);
  for (const id of reached) for (const target of targets.get(id) ?? []) reached.add(target);
  return [...reached].map((id) => nodes.get(id)!).flatMap((node) => streamOf(node) ?? []);
}

function requireRunnable(node: Node): void {
  if (node.type === 'router') {
    const stream = streamOf(node);
    if (stream === undefined) throw cannotRun(`node ${quoted(node.id)} lacks the data key "stream"`);
    const name = nameSchema.safeParse(stream);
    if (name.success) return;
    throw cannotRun(
      `node ${quoted(node.id)}: ${quoted(stream)} is no name: ${name.error.issues[0]!.message}`,
    );
  }
  if (node.type !== 'source') {
    throw new Problem(
      'UNIMPLEMENTED',
      `node ${quoted(node.id)}: nodes of type ${quoted(node.type)} cannot run in this version`,
    );
  }
}

function targetsBySource(flow: Flow, nodes: Map<string, Node>): Map<string, string[]> {
  const targets = new Map<string, string[]>();
  for (const { id, source, target } of flow.edges) {
    const name = `edge ${quoted(id)} from ${quoted(source)} to ${quoted(target)}`;
    for (const end of [source, target])
      if (!nodes.has(end)) throw cannotRun(`${name}: there is no node ${quoted(end)}`);
    if (nodes.get(source)!.type === 'router') throw cannotRun(`${name}: nothing can follow a router`);
    const known = targets.get(source);
    if (known) known.push(target);
    else targets.set(source, [target]);
  }
  return targets;
}

function sourceTypeOf({ data }: Node): string {
  return dataOf(data, 'type') ?? 'direct';
}

function streamOf({ type, data }: Node): string | undefined {
  return type === 'router' ? dataOf(data, 'stream') : undefined;
}

function dataOf(data: Node['data'], key: string): string | undefined {
  return Object.hasOwn(data, key) ? data[key] : undefined;
}

function cannotRun(reason: string): Problem {
  return invalidArgument(`invalid argument: the pipeline cannot run: ${reason}`);
}

/** Ids come from a flow of any content. */
function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
