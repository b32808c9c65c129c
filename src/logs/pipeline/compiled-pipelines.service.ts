import { Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import { PipelinesService } from '../../config/pipelines.service.js';
import { type CompiledPipeline, compilePipeline } from './compiled-pipeline.js';
import type { PipelineClosure } from '../../config/flow/pipeline-closure.js';

/** In prom-client's own registry, which `management/` serves. */
const compilations = new Counter({
  name: 'flowg_pipeline_compilations_total',
  help: 'Pipelines that were compiled: once for each saved version of them and of what they name',
});

interface Known {
  /** Of the config database, before the closure was read. */
  revision: number;
  closureText: string;
  compiled: CompiledPipeline;
}

/** Pipelines ready to run: compiled when first needed, and again only when they, or something they name, have changed. */
@Injectable()
export class CompiledPipelines {
  private readonly known = new Map<string, Known>();

  constructor(private readonly pipelines: PipelinesService) {}

  /** @throws Problem NOT_FOUND, INVALID_ARGUMENT when the pipeline cannot run. */
  async get(name: string): Promise<CompiledPipeline> {
    const known = this.known.get(name);
    const { revision } = this.pipelines;
    if (known?.revision === revision) return known.compiled;
    const closure = await this.closureOf(name);
    const closureText = textOf(closure);
    let compiled = known?.compiled;
    if (!compiled || known?.closureText !== closureText) {
      compiled = compilePipeline(this.pipelines.plan(closure));
      compilations.inc();
    }
    this.known.set(name, { revision, closureText, compiled });
    return compiled;
  }

  /** Names of the pipelines that take what comes by syslog. */
  namesForSyslog(): Promise<string[]> {
    return this.pipelines.namesWithSource('syslog');
  }

  private async closureOf(name: string): Promise<PipelineClosure> {
    try {
      return await this.pipelines.closure(name);
    } catch (error) {
      this.known.delete(name);
      throw error;
    }
  }
}

function textOf({ flows, scripts, alerts }: PipelineClosure): string {
  return JSON.stringify([[...flows], [...scripts], [...alerts].toSorted()]);
}
