import { afterAll, beforeAll, describe } from 'vitest';
import { enter, flowOf, router, source, transform, when } from '../pipelines/pipeline-client.js';
import { Api } from './api.js';
import { invalid, matching, notFound, success } from './expectation.js';
import { refusesBadNames } from './names.js';
import { coversItsRoutes } from './route-coverage.js';
import { each, scenarios } from './scenario.js';

/** Section 1.6 without ingest, and "Flow" and "Bootstrap" of section 2. What nodes do: `nodes.spec.ts`. */

const api = new Api();
beforeAll(() => api.start());
afterAll(() => api.stop());

const ALL = '/api/v1/pipelines';
const list = (...pipelines: string[]) => ({ method: 'GET', path: ALL, answer: success({ pipelines }) });
const save = (name: string, flow: unknown) => ({ method: 'PUT', path: `${ALL}/${name}`, json: { flow } });
const shows = (name: string, flow: object) => ({
  method: 'GET',
  path: `${ALL}/${name}`,
  answer: success({ flow }),
});

const [DIRECT, SYSLOG, ROUTER] = ['__builtin__source_direct', '__builtin__source_syslog', 'node-1'];
const FIRST_FLOW = {
  version: 1,
  nodes: [
    { id: DIRECT, type: 'source', position: { x: 210, y: 195 }, data: { type: 'direct' } },
    { id: SYSLOG, type: 'source', position: { x: 210, y: 250 }, data: { type: 'syslog' } },
    { id: ROUTER, type: 'router', position: { x: 405, y: 195 }, data: { stream: 'default' } },
  ],
  edges: [
    {
      id: 'xy-edge____builtin__source_direct-node-1',
      source: DIRECT,
      sourceHandle: '',
      target: ROUTER,
    },
    {
      id: 'xy-edge____builtin__source_syslog-node-1',
      source: SYSLOG,
      sourceHandle: '',
      target: ROUTER,
    },
  ],
};

describe('pipelines', () => {
  const asTheEditorSends = {
    version: 1,
    viewport: { x: 0 },
    nodes: [
      {
        id: 'in',
        type: 'source',
        position: { x: 1.5, y: -2 },
        data: { type: 'direct' },
        deletable: false,
        measured: { width: 100, height: 20 },
        selected: true,
        dragging: false,
      },
      { id: 'out', type: 'router', position: { x: 3, y: 4 }, data: { stream: 's', note: 'kept' } },
    ],
    edges: [{ id: 'e', source: 'in', sourceHandle: 'a', target: 'out', type: 'smooth', animated: true }],
  };
  const asItIsKept = {
    version: 1,
    nodes: [
      { id: 'in', type: 'source', position: { x: 1.5, y: -2 }, data: { type: 'direct' } },
      { id: 'out', type: 'router', position: { x: 3, y: 4 }, data: { stream: 's', note: 'kept' } },
    ],
    edges: [{ id: 'e', source: 'in', sourceHandle: 'a', target: 'out' }],
  };

  scenarios(api, [
    { name: 'one at first', ...list('default'), next: [shows('default', FIRST_FLOW)] },
    {
      name: 'what the editor adds is accepted and dropped',
      ...save('a', asTheEditorSends),
      answer: success(),
      next: [shows('a', asItIsKept), list('a', 'default')],
    },
    {
      name: 'replaced by saving; without a version it comes back as 0, lists as lists',
      ...save('a', {}),
      answer: success(),
      next: [shows('a', { version: 0, nodes: [], edges: [] })],
    },
    {
      name: 'null for everything that may be absent',
      ...save('a', { version: null, nodes: null, edges: null }),
      answer: success(),
      next: [shows('a', { version: 0, nodes: [], edges: [] })],
    },
    {
      name: 'no flow at all',
      method: 'PUT',
      path: `${ALL}/a`,
      json: {},
      answer: success(),
      next: [shows('a', { version: 0, nodes: [], edges: [] })],
    },
    {
      name: 'a node has its zero values',
      ...save('a', { nodes: [{ id: 'in', type: 'source', data: null }] }),
      answer: success(),
      next: [
        shows('a', {
          version: 0,
          nodes: [{ id: 'in', type: 'source', position: { x: 0, y: 0 }, data: {} }],
          edges: [],
        }),
      ],
    },
    { name: 'deleted', method: 'DELETE', path: `${ALL}/a`, answer: success(), next: [list('default')] },
    {
      name: 'deleted again: not found',
      method: 'DELETE',
      path: `${ALL}/a`,
      answer: notFound('pipeline', 'a'),
    },
    { name: 'absent: not found', method: 'GET', path: `${ALL}/a`, answer: notFound('pipeline', 'a') },
  ]);
  refusesBadNames(api, 'pipelines');
});

describe('of a wrong type', () => {
  const node = (properties: object) => ({ nodes: [{ id: 'in', type: 'source', ...properties }] });
  const edge = (properties: object) => ({ edges: [{ id: 'e', ...properties }] });
  const wrong: [name: string, flow: unknown, place: string][] = [
    ['flow', 'text', 'flow'],
    ['version', { version: '1' }, 'flow\\.version'],
    ['version with a fraction', { version: 1.5 }, 'flow\\.version'],
    ['version of the future', { version: 2 }, 'flow\\.version'],
    ['nodes', { nodes: {} }, 'flow\\.nodes'],
    ['a node', { nodes: ['in'] }, 'flow\\.nodes\\.0'],
    ['id of a node', node({ id: 5 }), 'flow\\.nodes\\.0\\.id'],
    ['type of a node', node({ type: 5 }), 'flow\\.nodes\\.0\\.type'],
    ['position of a node', node({ position: [1, 2] }), 'flow\\.nodes\\.0\\.position'],
    ['coordinate of a node', node({ position: { x: '1' } }), 'flow\\.nodes\\.0\\.position\\.x'],
    ['data of a node', node({ data: 'direct' }), 'flow\\.nodes\\.0\\.data'],
    ['a value in the data of a node', node({ data: { type: 5 } }), 'flow\\.nodes\\.0\\.data\\.type'],
    ['edges', { edges: 'e' }, 'flow\\.edges'],
    ['id of an edge', edge({ id: 5 }), 'flow\\.edges\\.0\\.id'],
    ['source of an edge', edge({ source: 5 }), 'flow\\.edges\\.0\\.source'],
    ['target of an edge', edge({ target: {} }), 'flow\\.edges\\.0\\.target'],
    ['handle of an edge', edge({ sourceHandle: 1 }), 'flow\\.edges\\.0\\.sourceHandle'],
  ];

  scenarios(
    api,
    each(wrong, ([name, flow, place]) => ({
      name,
      ...save('wrong', flow),
      answer: invalid(new RegExp(`^invalid argument: ${place}: .`)),
    })),
  );
});

describe('a flow that could not run is refused when it is saved', () => {
  /** Every fault is told in the text, and by node and edge in the context. */
  const faults = (context: Record<string, unknown>) =>
    invalid(/^invalid argument: flow: (node|edge) "./, context);
  const out = router('out', 's');

  scenarios(api, [
    {
      name: 'an unknown type',
      ...save('bad', flowOf([{ id: 'x', type: 'forwarder' }])),
      answer: faults({ 'node:x': ['unknown node type "forwarder"'] }),
    },
    {
      name: 'no type',
      ...save('bad', { nodes: [{ id: 'x' }] }),
      answer: faults({ 'node:x': ['unknown node type ""'] }),
    },
    {
      name: 'data that is missing, of each type that needs it',
      ...save('bad', {
        nodes: ['transform', 'switch', 'pipeline', 'router', 'alert'].map((type) => ({ id: type, type })),
      }),
      answer: faults({
        'node:transform': ['the data key "transformer" is missing'],
        'node:switch': ['the data key "condition" is missing'],
        'node:pipeline': ['the data key "pipeline" is missing'],
        'node:router': ['the data key "stream" is missing'],
        'node:alert': ['the data key "alert" is missing'],
      }),
    },
    {
      name: 'an unknown kind of source',
      ...save('bad', flowOf([source('in', 'kafka')])),
      answer: faults({ 'node:in': ['unknown source type "kafka": "direct" and "syslog" are known'] }),
    },
    {
      name: 'a condition that is no filter, with the place in it',
      ...save('bad', flowOf([when('if', 'level = error')])),
      answer: faults({
        'node:if': [matching(/^the condition is not a filter: position 8 \(line 1, column 9\): expected /)],
      }),
    },
    {
      name: 'an empty condition',
      ...save('bad', flowOf([when('if', '')])),
      answer: faults({ 'node:if': [matching(/^the condition is not a filter: /)] }),
    },
    {
      name: 'names of what does not exist',
      ...save(
        'bad',
        flowOf([transform('t', 'no'), enter('p', 'no'), { id: 'a', type: 'alert', data: { alert: 'no' } }]),
      ),
      answer: faults({
        'node:t': ['transformer "no" does not exist'],
        'node:p': ['pipeline "no" does not exist'],
        'node:a': ['alert "no" does not exist'],
      }),
    },
    {
      name: 'an edge that leads nowhere',
      ...save('bad', flowOf([source(), out], 'in > nowhere', 'nothing > out')),
      answer: faults({
        'edge:in-nowhere': ['there is no node "nowhere"'],
        'edge:nothing-out': ['there is no node "nothing"'],
      }),
    },
    {
      name: 'an edge out of an end',
      ...save('bad', flowOf([source(), out, router('more')], 'in > out > more')),
      answer: faults({ 'edge:out-more': ['nothing can follow the node "out", which is of type "router"'] }),
    },
    {
      name: 'two nodes of one id',
      ...save('bad', flowOf([source(), router('in')])),
      answer: faults({ 'node:in': ['another node has the same id'] }),
    },
    {
      name: 'a way in a circle',
      ...save('bad', flowOf([when('a', 'x = "1"'), when('b', 'x = "1"')], 'a > b > a')),
      answer: faults({
        'node:b': ['it lies on a way that leads in a circle'],
        'node:a': ['it lies on a way that leads in a circle'],
      }),
    },
    {
      name: 'a pipeline that enters itself',
      ...save('bad', flowOf([source(), enter('p', 'bad')], 'in > p')),
      answer: faults({ 'node:p': ['it leads back to where it comes from: "bad" -> "bad"'] }),
    },
    {
      name: 'a name of a stream that is none',
      ...save('bad', flowOf([router('out', '')])),
      answer: faults({ 'node:out': ['"" cannot be the name of a stream: at least 1 character is needed'] }),
    },
    { name: 'nothing of all this was saved', ...list('default') },
  ]);
});

coversItsRoutes(api, 'pipelines');
