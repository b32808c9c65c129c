import { Inject, Injectable } from '@nestjs/common';
import type { SourceType } from '../../config/flow/node-work.js';
import { invalidArgument, Problem } from '../../problems.js';
import { SETTINGS, type Settings } from '../../settings.js';
import { ScriptEngine, ScriptFailure } from '../../vrl/script-engine.js';
import { type Fields, recordFault } from '../record.js';
import { Turns } from '../turns.js';
import type { CompiledNode, CompiledPipeline, Destination } from './compiled-pipeline.js';
import { sift } from './sift.js';

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
    const inboxes: (Item[] | undefined)[] = [];
    inboxes[entranceOf(pipeline, source)] = records.map((record, index) => ({ index, record }));
    let visits = 0;
    const turns = new Turns();
    for (const [place, node] of pipeline.nodes.entries()) {
      const items = withoutFailed(inboxes[place], run);
      if (!items) continue;
      inboxes[place] = undefined;
      visits += items.length;
      if (visits > MOST_VISITS) throw tooMuch();
      const work = this.work(node, items, run, turns, observe);
      // Awaiting what is there already would cost a small request more than all of its nodes.
      const passed = work instanceof Promise ? await work : work;
      for (const target of node.targets) {
        const inbox = (inboxes[target] ??= []);
        for (const item of passed) inbox.push(item);
      }
      if (turns.over) await turns.pass();
    }
    if (!isInOrder(run.arrivals)) run.arrivals.sort((a, b) => a.index - b.index);
    return run;
  }

  /** @returns what goes on to the next nodes: at once, unless it has to be waited for. */
  private work(
    node: CompiledNode,
    items: Item[],
    run: PipelineRun,
    turns: Turns,
    observe?: Observer,
  ): Item[] | Promise<Item[]> {
    const { work } = node;
    switch (work.kind) {
      case 'pass':
        for (const { index, record } of items) observe?.(node, index, record, [record]);
        return items;
      case 'switch':
        return sift(
          items,
          ({ index, record }) => {
            const matches = work.matches(record);
            observe?.(node, index, record, matches ? [record] : []);
            return matches;
          },
          turns,
        );
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

/** @returns undefined where nothing is left. */
function withoutFailed(items: Item[] | undefined, { failures }: PipelineRun): Item[] | undefined {
  const left = failures.size > 0 ? items?.filter(({ index }) => !failures.has(index)) : items;
  return left && left.length > 0 ? left : undefined;
}

/** Records that reach one end, or that come to their ends one by one, are as they were sent. */
function isInOrder(arrivals: Arrival[]): boolean {
  return arrivals.every(({ index }, place) => place === 0 || arrivals[place - 1]!.index <= index);
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
