import { Injectable } from '@nestjs/common';
import type { Flow } from '../../config/flow/flow.schema.js';
import { PipelinesService } from '../../config/pipelines.service.js';
import type { Fields } from '../record.js';
import { compilePipeline } from './compiled-pipeline.js';
import { CompiledPipelines } from './compiled-pipelines.service.js';
import { PipelineRunner } from './pipeline-runner.js';

/** What one node saw of one record. */
export interface NodeTrace {
  /** Place of the record among those that were sent. */
  record: number;
  /** Of the node's flow: another one than was asked for where a pipeline is entered. */
  pipeline: string;
  nodeID: string;
  input: Fields;
  /** What goes on to the next nodes, or has arrived; nothing where a condition is not met. */
  output: Fields[];
  error: string | null;
}

export interface PipelineTest {
  /** Record by record, for each in the order of its way. */
  trace: NodeTrace[];
  /** Of the first record that failed. */
  error: string | null;
}

/** Shows what a pipeline does with records, without storing anything or telling anybody. */
@Injectable()
export class PipelineTestService {
  constructor(
    private readonly pipelines: PipelinesService,
    private readonly compiled: CompiledPipelines,
    private readonly runner: PipelineRunner,
  ) {}

  /**
   * @param flow is run under this name instead of what is saved.
   * @throws Problem NOT_FOUND, INVALID_ARGUMENT.
   */
  async test(name: string, flow: Flow | undefined, records: Fields[]): Promise<PipelineTest> {
    const pipeline = flow
      ? compilePipeline(await this.pipelines.planUnsaved(name, flow))
      : await this.compiled.get(name);
    const trace: NodeTrace[] = [];
    const { failures } = await this.runner.run(pipeline, 'direct', records, (node, record, input, result) =>
      trace.push({
        record,
        pipeline: node.pipeline,
        nodeID: node.id,
        input,
        output: typeof result === 'string' ? [] : result,
        error: typeof result === 'string' ? result : null,
      }),
    );
    const [failed] = [...failures].toSorted(([a], [b]) => a - b);
    return {
      trace: trace.toSorted((a, b) => a.record - b.record),
      error: failed ? `record ${failed[0]}: ${failed[1].node.label} failed: ${failed[1].reason}` : null,
    };
  }
}
