import { Inject, Injectable } from '@nestjs/common';
import type { SourceType } from '../../config/flow/node-work.js';
import { invalidArgument, Problem } from '../../problems.js';
import { SETTINGS, type Settings } from '../../settings.js';
import { ScriptEngine, ScriptFailure } from '../../vrl/script-engine.js';
import { type Fields, recordFault } from '../record.js';
import { Turns } from '../turns.js';
import type { CompiledNode, CompiledPipeline, Destination } from './compiled-pipeline.js';

/** A record that got to where it ends. */
export interface Arrival {
  /** Place of the record among those that were sent in. */
  index: number;
  at: Destination;
  record: Fields;
}

/** Why a record got no further. */
export interface NodeFailure {
  node: CompiledNode;
  reason: string;
}

export interface PipelineRun {
  /** In the order of the records; those of failed records are among them as far as they got. */
  arrivals: Arrival[];
  /** By the place of the record. */
  failures: Map<number, NodeFailure>;
}

/** Is told what each node makes of each record. */
export type Observer = (node: CompiledNode, index: number, input: Fields, result: Fields[] | string) => void;

interface Item {
  index: number;
  record: Fields;
}

/** Records that one request may bring to nodes, and to their ends: they are all in memory, and stored in one go. */
const MOST_VISITS = 1_000_000;
const MOST_ARRIVALS = 200_000;

/**
 * Takes records through a pipeline, node by node: each node gets all records that reach it at once, and a record as often
 * as ways lead to it. Nothing is stored and nobody is told: that is up to whoever asked, when all of it is known.
 */
@Injectable()
export class PipelineRunner {
  constructor(
    private readonly scripts: ScriptEngine,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * @throws Problem INVALID_ARGUMENT when the pipeline has no such source, TOO_LARGE when the records become too many,
   * UNAVAILABLE when transformers cannot keep up.
   */
  async run(
    pipeline: CompiledPipeline,
    source: SourceType,
    records: Fields[],
    observe?: Observer,
  ): Promise<PipelineRun> {
    const run: PipelineRun = { arrivals: [], failures: new Map() };
    const inboxes = new Map([
      [entranceOf(pipeline, source), records.map((record, index) => ({ index, record }))],
    ]);
    let visits = 0;
    const turns = new Turns();
    for (const [place, node] of pipeline.nodes.entries()) {
      const items = inboxes.get(place)?.filter(({ index }) => !run.failures.has(index));
      inboxes.delete(place);
      if (!items || items.length === 0) continue;
      visits += items.length;
      if (visits > MOST_VISITS) throw tooMuch();
      const passed = await this.work(node, items, run, turns, observe);
      for (const target of node.targets) {
        const inbox = inboxes.get(target) ?? [];
        for (const item of passed) inbox.push(item);
        inboxes.set(target, inbox);
      }
      if (turns.over) await turns.pass();
    }
    run.arrivals.sort((a, b) => a.index - b.index);
    return run;
  }

  /** @returns what goes on to the next nodes. */
  private async work(
    node: CompiledNode,
    items: Item[],
    run: PipelineRun,
    turns: Turns,
    observe?: Observer,
  ): Promise<Item[]> {
    const { work } = node;
    switch (work.kind) {
      case 'pass':
        for (const { index, record } of items) observe?.(node, index, record, [record]);
        return items;
      case 'switch': {
        const passed: Item[] = [];
        for (const item of items) {
          const matches = work.matches(item.record);
          if (matches) passed.push(item);
          observe?.(node, item.index, item.record, matches ? [item.record] : []);
          if (turns.over) await turns.pass();
        }
        return passed;
      }
      case 'arrive':
        for (const { index, record } of items) {
          run.arrivals.push({ index, at: work.at, record });
          observe?.(node, index, record, [record]);
        }
        if (run.arrivals.length > MOST_ARRIVALS) throw tooMuch();
        return [];
      case 'transform':
        return this.transform(node, work.script, items, run, observe);
    }
  }

  private async transform(
    node: CompiledNode,
    script: string,
    items: Item[],
    run: PipelineRun,
    observe?: Observer,
  ): Promise<Item[]> {
    const results = await this.scripts.run(
      script,
      items.map(({ record }) => record),
    );
    const passed: Item[] = [];
    for (const [place, { index, record }] of items.entries()) {
      const result = this.checked(results[place]!);
      if (typeof result === 'string') {
        if (!run.failures.has(index)) run.failures.set(index, { node, reason: result });
      } else passed.push({ index, record: result });
      observe?.(node, index, record, typeof result === 'string' ? result : [result]);
    }
    return passed;
  }

  /** A script may make what no request could have brought. */
  private checked(result: Fields | ScriptFailure): Fields | string {
    if (result instanceof ScriptFailure) return result.reason;
    const fault = recordFault(result, { valueBytes: this.settings.recordValueBytes });
    return fault === undefined ? result : `the result cannot be stored: ${fault}`;
  }
}

function entranceOf({ name, entrances }: CompiledPipeline, source: SourceType): number {
  const entrance = entrances[source];
  if (entrance !== undefined) return entrance;
  throw invalidArgument(
    `invalid argument: pipeline ${JSON.stringify(name)} has no source of type "${source}" to come in by`,
  );
}

function tooMuch(): Problem {
  return new Problem(
    'TOO_LARGE',
    'the records become too many in this pipeline to be stored at once: send fewer at a time',
  );
}
