import type { Flow } from './flow.schema.js';

/** A pipeline with all that it leads to, as it was at one instant. */
export interface PipelineClosure {
  name: string;
  /** Its own flow and those of all pipelines it enters, by name; what does not exist is not there. */
  flows: ReadonlyMap<string, Flow>;
  /** Scripts of the transformers it names. */
  scripts: ReadonlyMap<string, string>;
  /** Alerts it names and that exist. */
  alerts: ReadonlySet<string>;
}

/** Names of the pipelines that a flow enters. */
export function enteredPipelines(flow: Flow | undefined): string[] {
  return namesIn(flow, 'pipeline', 'pipeline');
}

/** Names that the nodes of one type have in one key of their data. */
export function namesIn(flow: Flow | undefined, type: string, key: string): string[] {
  return (flow?.nodes ?? [])
    .filter((node) => node.type === type && Object.hasOwn(node.data, key))
    .map(({ data }) => data[key]!);
}
