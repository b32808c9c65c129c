import { missingNames } from '../../../config/flow/closure-faults.js';
import { readGraph } from '../../../config/flow/flow-graph.js';
import { type Flow, flowSchema } from '../../../config/flow/flow.schema.js';
import { namesIn } from '../../../config/flow/pipeline-closure.js';
import type { PortableOutput } from '../portable-output.store.js';

/** Something that will keep a pipeline from running. */
export interface FoundFault {
  pipeline: string;
  text: string;
}

/** What the API would say of pipelines if they were saved: about each by itself, and about names that do not exist. */
export class FlowFaults {
  constructor(private readonly output: PortableOutput) {}

  async *all(): AsyncGenerator<FoundFault> {
    for (let last = ''; ;) {
      const [row] = await this.output.query<{ name: string; flow: string }>(
        'SELECT name, flow FROM pipelines WHERE name > ? ORDER BY name LIMIT 1',
        [last],
      );
      if (!row) return;
      for (const text of await this.faultsOf(row.name, flowSchema.parse(JSON.parse(row.flow))))
        yield { pipeline: row.name, text };
      last = row.name;
    }
  }

  private async faultsOf(name: string, flow: Flow): Promise<string[]> {
    const { graph, faults } = readGraph(flow);
    const existing = async (table: string, type: string) =>
      new Set(
        await this.namesThatExist(table, namesIn(flow, type, type === 'transform' ? 'transformer' : type)),
      );
    const [scripts, alerts, pipelines] = [
      await existing('transformers', 'transform'),
      await existing('alerts', 'alert'),
      await existing('pipelines', 'pipeline'),
    ];
    const missing = missingNames(graph, {
      name,
      alerts,
      scripts: new Map([...scripts].map((one) => [one, ''])),
      flows: new Map([...pipelines].map((one) => [one, flow])),
    });
    return [...faults, ...missing].map(({ place, text }) => `${place}: ${text}`);
  }

  private async namesThatExist(table: string, names: string[]): Promise<string[]> {
    const rows = await this.output.query<{ name: string }>(
      `SELECT name FROM ${table} WHERE name IN (SELECT value FROM json_each(?))`,
      [JSON.stringify(names)],
    );
    return rows.map(({ name }) => name);
  }
}
