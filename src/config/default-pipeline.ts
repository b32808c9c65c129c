import type { Flow } from './flow/flow.schema.js';

const DIRECT = '__builtin__source_direct';
const SYSLOG = '__builtin__source_syslog';
const ROUTER = 'node-1';

/** The reference's own first pipeline: whatever comes goes to the stream `default`. */
export const DEFAULT_PIPELINE: { name: string; flow: Flow } = {
  name: 'default',
  flow: {
    version: 1,
    nodes: [
      { id: DIRECT, type: 'source', position: { x: 210, y: 195 }, data: { type: 'direct' } },
      { id: SYSLOG, type: 'source', position: { x: 210, y: 250 }, data: { type: 'syslog' } },
      { id: ROUTER, type: 'router', position: { x: 405, y: 195 }, data: { stream: 'default' } },
    ],
    edges: [DIRECT, SYSLOG].map((source) => ({
      id: `xy-edge__${source}-${ROUTER}`,
      source,
      sourceHandle: '',
      target: ROUTER,
    })),
  },
};
