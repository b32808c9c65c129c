import { LogsClient } from '../logs/logs-client.js';

export interface Node {
  id: string;
  type: string;
  data?: Record<string, string>;
}

export const source = (id = 'in', type = 'direct'): Node => ({ id, type: 'source', data: { type } });
export const router = (id: string, stream = id): Node => ({ id, type: 'router', data: { stream } });
export const transform = (id: string, transformer = id): Node => ({
  id,
  type: 'transform',
  data: { transformer },
});
export const when = (id: string, condition: string): Node => ({ id, type: 'switch', data: { condition } });
export const alertNode = (id: string, alert = id): Node => ({ id, type: 'alert', data: { alert } });
export const enter = (id: string, pipeline: string): Node => ({ id, type: 'pipeline', data: { pipeline } });

/** `'in > a > b'` and the like become edges. */
export function flowOf(nodes: Node[], ...ways: string[]) {
  const edges = ways.flatMap((way) => {
    const ids = way.split(' > ');
    return ids
      .slice(1)
      .map((target, place) => ({ id: `${ids[place]}-${target}`, source: ids[place], target }));
  });
  return { version: 1, nodes, edges };
}

/** Definitions and what goes through them, as one user. */
export class PipelineClient extends LogsClient {
  saveTransformer(name: string, script: string): Promise<unknown> {
    return this.ok('PUT', `transformers/${encodeURIComponent(name)}`, { script });
  }

  savePipeline(name: string, nodes: Node[], ...ways: string[]): Promise<unknown> {
    return this.ok('PUT', `pipelines/${encodeURIComponent(name)}`, { flow: flowOf(nodes, ...ways) });
  }

  saveAlert(name: string, url: string, headers: Record<string, string> = {}): Promise<unknown> {
    return this.ok('PUT', `alerts/${encodeURIComponent(name)}`, { webhook: { url, headers } });
  }

  struct(pipeline: string, records: Record<string, string>[]) {
    return this.request('POST', `pipelines/${encodeURIComponent(pipeline)}/logs/struct`, { records });
  }

  /** The fields of everything in a stream, oldest first. */
  async stored(stream: string): Promise<Record<string, string>[]> {
    return (await this.records(stream)).map(({ fields }) => fields).toReversed();
  }
}
