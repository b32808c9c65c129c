import { describe, expect, it } from 'vitest';
import { DEFAULT_PIPELINE } from '../../config/default-pipeline.js';
import type { Flow } from '../../config/flow.schema.js';
import { Problem } from '../../problems.js';
import { streamsReachedBy } from './pipeline-routes.js';

const node = (id: string, type: string, data: Record<string, string> = {}) => ({
  id,
  type,
  data,
  position: { x: 0, y: 0 },
});
const source = (id = 'in') => node(id, 'source', { type: 'direct' });
const router = (id: string, stream: string) => node(id, 'router', { stream });

function flow(nodes: Flow['nodes'], ...edges: [string, string][]): Flow {
  return {
    version: 1,
    nodes,
    edges: edges.map(([from, to]) => ({ id: `${from}-${to}`, source: from, sourceHandle: '', target: to })),
  };
}

function refusal(graph: Flow): Problem {
  try {
    streamsReachedBy(graph);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('the graph was not refused');
}

describe('streamsReachedBy', () => {
  it('goes from the direct source to the routers', () => {
    expect(streamsReachedBy(DEFAULT_PIPELINE.flow)).toEqual(['default']);
    expect(streamsReachedBy(flow([source()]))).toEqual([]);
    expect(
      streamsReachedBy(
        flow([source(), router('a', 's'), router('b', 's'), router('c', 't')], ['in', 'a'], ['in', 'b']),
      ),
    ).toEqual(['s', 's']);
  });

  it('takes a source without a type for the direct one, and the last of two', () => {
    expect(streamsReachedBy(flow([node('in', 'source'), router('a', 's')], ['in', 'a']))).toEqual(['s']);
    const graph = flow([source('one'), source('two'), router('a', 's')], ['one', 'a']);
    expect(streamsReachedBy(graph)).toEqual([]);
  });

  it('enters each node once, so that a circle ends', () => {
    const graph = flow(
      [source('one'), source('two'), router('a', 's')],
      ['one', 'two'],
      ['two', 'one'],
      ['two', 'two'],
      ['one', 'a'],
      ['two', 'a'],
      ['two', 'a'],
    );
    expect(streamsReachedBy(graph)).toEqual(['s']);
  });

  it.each([
    ['no direct source', flow([node('in', 'source', { type: 'syslog' })]), 'no source node of type "direct"'],
    ['no stream', flow([source(), node('r', 'router')]), 'node "r" lacks the data key "stream"'],
    ['a stream that is no name', flow([source(), router('r', '')]), 'node "r"'],
    ['an edge to nowhere', flow([source()], ['in', 'gone']), 'there is no node "gone"'],
    ['an edge from nowhere', flow([source()], ['gone', 'in']), 'there is no node "gone"'],
    [
      'an edge out of a router',
      flow([source(), router('r', 's'), router('q', 't')], ['r', 'q']),
      'edge "r-q" from "r" to "q": nothing can follow a router',
    ],
    ['an inherited data key', flow([source(), { ...router('r', 's'), data: {} }]), 'lacks the data key'],
  ])('refuses %s', (_case, graph, text) => {
    const problem = refusal(graph);
    expect(problem.code).toBe('INVALID_ARGUMENT');
    expect(problem.message).toContain(text);
  });

  it.each(['transform', 'switch', 'pipeline', 'alert', 'telepathy', ''])(
    'says that a node of type "%s" cannot run, wherever it stands',
    (type) => {
      const problem = refusal(flow([source(), node('x', type)]));
      expect(problem.code).toBe('UNIMPLEMENTED');
      expect(problem.message).toContain('node "x"');
      expect(problem.message).toContain(`"${type}"`);
    },
  );
});
