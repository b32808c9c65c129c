import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { Alert } from './alert.entity.js';
import { ConfigDatabase } from './config.database.js';
import type { Flow } from './flow/flow.schema.js';
import { enteredPipelines, namesIn, type PipelineClosure } from './flow/pipeline-closure.js';
import { NamedStore } from './named.store.js';
import { Pipeline } from './pipeline.entity.js';
import { readFlow } from './stored-definitions.js';
import { Transformer } from './transformer.entity.js';
import type { Webhook } from './webhook.schema.js';

/** Definitions that are saved together, their contents read and of the right shape. */
export interface DefinitionSet {
  transformers: { name: string; script: string }[];
  pipelines: { name: string; flow: Flow }[];
  alerts: { name: string; webhook: Webhook }[];
}

/** Pipelines, and what they name. */
@Injectable()
export class PipelinesStore extends NamedStore<Pipeline> {
  constructor(database: ConfigDatabase) {
    super(database, Pipeline, 'pipeline');
  }

  /** @returns undefined where there is no pipeline of this name. */
  closure(name: string): Promise<PipelineClosure | undefined> {
    return this.database.read((manager) => readClosure(manager, name));
  }

  /** The closure of a flow that is not saved, as if it were the pipeline of this name. */
  closureOf(name: string, flow: Flow): Promise<PipelineClosure> {
    return this.database.read((manager) => closureWith(manager, name, flow));
  }

  /**
   * Creates or replaces definitions, if `check` lets the closures of the pipelines among them pass, in each of which is what is
   * saved together with it: nobody else changes anything meanwhile.
   * @throws whatever `check` throws; nothing is saved then.
   */
  async saveChecked(
    { transformers, alerts, pipelines }: DefinitionSet,
    check: (closures: PipelineClosure[]) => void,
  ): Promise<void> {
    await this.database.write(async (manager) => {
      for (const transformer of transformers) await manager.upsert(Transformer, transformer, ['name']);
      for (const { name, webhook } of alerts)
        await manager.upsert(Alert, { name, webhook: JSON.stringify(webhook) }, ['name']);
      for (const { name, flow } of pipelines)
        await manager.upsert(Pipeline, { name, flow: JSON.stringify(flow) }, ['name']);
      const closures: PipelineClosure[] = [];
      for (const { name, flow } of pipelines) closures.push(await closureWith(manager, name, flow));
      check(closures);
    });
  }

  /** Names of the pipelines that have a source of the type, sorted. */
  async namesWithSource(type: string): Promise<string[]> {
    const rows = await this.database.read((manager) =>
      manager.query<{ name: string }[]>(
        `SELECT name FROM pipelines WHERE EXISTS (
           SELECT 1 FROM json_each(pipelines.flow, '$.nodes') AS node
           WHERE node.value ->> '$.type' = 'source' AND node.value ->> '$.data.type' = ?)
         ORDER BY name`,
        [type],
      ),
    );
    return rows.map(({ name }) => name);
  }
}

async function readClosure(manager: EntityManager, name: string): Promise<PipelineClosure | undefined> {
  const root = await manager.findOneBy(Pipeline, { name });
  return root ? closureWith(manager, name, readFlow(root.flow)) : undefined;
}

async function closureWith(manager: EntityManager, name: string, flow: Flow): Promise<PipelineClosure> {
  const flows = new Map([[name, flow]]);
  let wanted = enteredPipelines(flow);
  while (wanted.length > 0) {
    const unknown = [...new Set(wanted)].filter((one) => !flows.has(one));
    const found = await manager.findBy(Pipeline, { name: In(unknown) });
    for (const pipeline of found) flows.set(pipeline.name, readFlow(pipeline.flow));
    wanted = found.flatMap((pipeline) => enteredPipelines(flows.get(pipeline.name)));
  }
  const named = (type: string, key: string) => [
    ...new Set([...flows.values()].flatMap((one) => namesIn(one, type, key))),
  ];
  const transformers = await manager.findBy(Transformer, { name: In(named('transform', 'transformer')) });
  const alerts = await manager.find(Alert, {
    select: { name: true },
    where: { name: In(named('alert', 'alert')) },
  });
  return {
    name,
    flows,
    scripts: new Map(transformers.map((transformer) => [transformer.name, transformer.script])),
    alerts: new Set(alerts.map((alert) => alert.name)),
  };
}
