import { type Flow, flowSchema } from '../../../config/flow/flow.schema.js';

/** Newer flows differ from ours in the name of one type of node. */
const NEWER_VERSION = 2;
const FORWARDER = 'forwarder';

/**
 * A stored flow as one of ours. Since v0.28 FlowG has version 2, in which the nodes of alerts are called forwarders.
 * @returns the flow, or why it cannot be one here.
 */
export function flowOf(stored: unknown): { flow: Flow } | { reason: string } {
  const result = flowSchema.safeParse(isNewer(stored) ? asOlder(stored) : stored);
  if (result.success) return { flow: { ...result.data, version: 1 } };
  const { path, message } = result.error.issues[0]!;
  return { reason: `${path.map(String).join('.')}: ${message}` };
}

function isNewer(stored: unknown): stored is Record<string, unknown> {
  return (
    typeof stored === 'object' && stored !== null && 'version' in stored && stored.version === NEWER_VERSION
  );
}

function asOlder(stored: Record<string, unknown>): unknown {
  const { nodes } = stored;
  return { ...stored, version: 1, nodes: Array.isArray(nodes) ? nodes.map(nodeAsOlder) : nodes };
}

function nodeAsOlder(node: unknown): unknown {
  if (typeof node !== 'object' || node === null || !('type' in node) || node.type !== FORWARDER) return node;
  const { data } = node as { data?: unknown };
  if (typeof data !== 'object' || data === null || !(FORWARDER in data)) return { ...node, type: 'alert' };
  return { ...node, type: 'alert', data: { alert: data[FORWARDER] } };
}
