import { ALWAYS } from '../logs/logs-client.js';
import { logs, success } from './expectation.js';
import type { Step } from './scenario.js';

/** Steps that several sections need, all of which must succeed. */

export function savePipeline(name: string, flow: unknown): Step {
  return { method: 'PUT', path: `/api/v1/pipelines/${name}`, json: { flow }, answer: success() };
}

export function saveTransformer(name: string, script: string): Step {
  return { method: 'PUT', path: `/api/v1/transformers/${name}`, json: { script }, answer: success() };
}

export function send(pipeline: string, record: Record<string, string>): Step {
  return { method: 'POST', path: `/api/v1/pipelines/${pipeline}/logs`, json: { record }, answer: success() };
}

export function purge(stream: string): Step {
  return { method: 'DELETE', path: `/api/v1/streams/${stream}`, answer: success() };
}

/** The stream has these records, newest first, and no other. */
export function holds(stream: string, ...fields: object[]): Step {
  return { method: 'GET', path: `/api/v1/streams/${stream}/logs?${ALWAYS}`, answer: logs(fields) };
}
