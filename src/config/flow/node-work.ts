import { FilterError } from '../../filter/filter-error.js';
import type { Filter } from '../../filter/filter.js';
import { parseFilter } from '../../filter/parse-filter.js';
import { nameSchema } from '../../http/name.schema.js';
import { quoted } from './flow-fault.js';
import type { Flow } from './flow.schema.js';

export type FlowNode = Flow['nodes'][number];

/** The ways into a pipeline. */
export const SOURCE_TYPES = ['direct', 'syslog'] as const;
export type SourceType = (typeof SOURCE_TYPES)[number];

/** What a node does with a record. */
export type NodeWork =
  | { kind: 'source'; type: SourceType }
  | { kind: 'transform'; transformer: string }
  | { kind: 'switch'; condition: Filter }
  | { kind: 'pipeline'; pipeline: string }
  | { kind: 'router'; stream: string }
  | { kind: 'alert'; alert: string };

/** Nothing can follow these: what they get has arrived. */
export const TERMINAL_KINDS: ReadonlySet<NodeWork['kind']> = new Set(['pipeline', 'router', 'alert']);

type Reader = (data: (key: string) => string) => NodeWork;

const READERS: Record<NodeWork['kind'], Reader> = {
  source: (data) => ({ kind: 'source', type: sourceType(data('type')) }),
  transform: (data) => ({ kind: 'transform', transformer: data('transformer') }),
  switch: (data) => ({ kind: 'switch', condition: condition(data('condition')) }),
  pipeline: (data) => ({ kind: 'pipeline', pipeline: data('pipeline') }),
  router: (data) => ({ kind: 'router', stream: streamName(data('stream')) }),
  alert: (data) => ({ kind: 'alert', alert: data('alert') }),
};

/** A sentence about what is wrong with a node. */
class NodeFault extends Error {}

/** @returns what the node does, or a sentence that says why it can do nothing. */
export function workOf(node: FlowNode): NodeWork | string {
  if (!Object.hasOwn(READERS, node.type)) return `unknown node type ${quoted(node.type)}`;
  const read = READERS[node.type as NodeWork['kind']];
  try {
    return read((key) => {
      if (Object.hasOwn(node.data, key)) return node.data[key]!;
      // As in the reference a source that says nothing is the one for requests.
      if (node.type === 'source') return 'direct';
      throw new NodeFault(`the data key ${quoted(key)} is missing`);
    });
  } catch (error) {
    if (error instanceof NodeFault) return error.message;
    throw error;
  }
}

function sourceType(type: string): SourceType {
  const known = SOURCE_TYPES.find((one) => one === type);
  if (known) return known;
  throw new NodeFault(`unknown source type ${quoted(type)}: "direct" and "syslog" are known`);
}

function condition(text: string): Filter {
  try {
    return parseFilter(text);
  } catch (error) {
    if (error instanceof FilterError) throw new NodeFault(`the condition is not a filter: ${error.message}`);
    throw error;
  }
}

function streamName(name: string): string {
  const result = nameSchema.safeParse(name);
  if (result.success) return name;
  throw new NodeFault(`${quoted(name)} cannot be the name of a stream: ${result.error.issues[0]!.message}`);
}
