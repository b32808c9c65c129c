import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ConfigDatabase } from './config.database.js';
import { DEFAULT_PIPELINE } from './default-pipeline.js';
import { flowProblem } from './flow/flow-fault.js';
import type { Flow } from './flow/flow.schema.js';
import type { SourceType } from './flow/node-work.js';
import type { PipelineClosure } from './flow/pipeline-closure.js';
import { faultsOfAll, type PipelinePlan, planPipeline } from './flow/pipeline-plan.js';
import { type DefinitionSet, PipelinesStore } from './pipelines.store.js';
import { readFlow } from './stored-definitions.js';
import { notFound } from '../problems.js';

/** Pipelines as graphs that make sense. What becomes of a record in them is the business of `logs/`. */
@Injectable()
export class PipelinesService implements OnModuleInit {
  constructor(
    private readonly store: PipelinesStore,
    private readonly database: ConfigDatabase,
  ) {}

  /** A server that has no pipeline could not take a log: as in the reference it gets one at each start. */
  async onModuleInit(): Promise<void> {
    const { name, flow } = DEFAULT_PIPELINE;
    await this.store.saveFirst({ name, flow: JSON.stringify(flow) });
  }

  /** Another number whenever a pipeline, or anything that one may name, may have changed. */
  get revision(): number {
    return this.database.revision;
  }

  /** Names, sorted. */
  list(): Promise<string[]> {
    return this.store.names();
  }

  /** @throws Problem NOT_FOUND. */
  async get(name: string): Promise<Flow> {
    return readFlow((await this.store.get(name)).flow);
  }

  /** Creates or replaces. @throws Problem INVALID_ARGUMENT with all that keeps the flow from running. */
  save(name: string, flow: Flow): Promise<void> {
    const definitions = { transformers: [], alerts: [], pipelines: [{ name, flow }] };
    return this.store.saveChecked(
      definitions,
      ([closure]) => void planOf(closure!, 'flow', 'INVALID_ARGUMENT'),
    );
  }

  /**
   * Creates or replaces all of it or nothing; scripts have been checked by `TransformersService`.
   * @throws Problem INVALID_ARGUMENT with all that keeps the pipelines among them from running.
   */
  saveTogether(definitions: DefinitionSet): Promise<void> {
    return this.store.saveChecked(definitions, (closures) => {
      const faults = faultsOfAll(closures);
      if (faults.length > 0) throw flowProblem(faults, CANNOT_RUN_TOGETHER, 'INVALID_ARGUMENT');
    });
  }

  /** @throws Problem NOT_FOUND. */
  delete(name: string): Promise<void> {
    return this.store.delete(name);
  }

  /** The pipeline with all that it leads to. @throws Problem NOT_FOUND. */
  async closure(name: string): Promise<PipelineClosure> {
    const closure = await this.store.closure(name);
    if (!closure) throw notFound(`not found: pipeline ${JSON.stringify(name)} does not exist`);
    return closure;
  }

  /**
   * What the pipeline does.
   * @throws Problem NOT_FOUND when something that it names is gone, INVALID_ARGUMENT when it cannot run for other reasons:
   * it was restored, or saved before flows were checked.
   */
  plan(closure: PipelineClosure): PipelinePlan {
    return planOf(closure, `pipeline ${JSON.stringify(closure.name)} cannot run`, 'NOT_FOUND');
  }

  /** What a flow would do if it were saved under this name. @throws Problem INVALID_ARGUMENT. */
  async planUnsaved(name: string, flow: Flow): Promise<PipelinePlan> {
    return planOf(await this.store.closureOf(name, flow), 'flow', 'INVALID_ARGUMENT');
  }

  /** Names of the pipelines that have a source of the type, sorted. */
  namesWithSource(type: SourceType): Promise<string[]> {
    return this.store.namesWithSource(type);
  }
}

const CANNOT_RUN_TOGETHER =
  'these definitions cannot run with what is live; nothing was changed; what is missing can be taken with them or ' +
  'created first';

function planOf(
  closure: PipelineClosure,
  what: string,
  missingIs: 'NOT_FOUND' | 'INVALID_ARGUMENT',
): PipelinePlan {
  const result = planPipeline(closure);
  if ('faults' in result) throw flowProblem(result.faults, what, missingIs);
  return result.plan;
}
