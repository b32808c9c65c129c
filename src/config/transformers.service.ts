import { Injectable } from '@nestjs/common';
import { invalidArgument, type Problem } from '../problems.js';
import { ScriptEngine, ScriptFailure, type ScriptFault } from '../vrl/script-engine.js';
import { ConfigDatabase } from './config.database.js';
import { NamedStore } from './named.store.js';
import { Transformer } from './transformer.entity.js';

/** Transformers: scripts that compile. They run in the pipelines of `logs/`. */
@Injectable()
export class TransformersService {
  private readonly store: NamedStore<Transformer>;

  constructor(
    database: ConfigDatabase,
    private readonly scripts: ScriptEngine,
  ) {
    this.store = new NamedStore(database, Transformer, 'transformer');
  }

  /** Names, sorted. */
  list(): Promise<string[]> {
    return this.store.names();
  }

  /** @throws Problem NOT_FOUND. */
  async get(name: string): Promise<string> {
    return (await this.store.get(name)).script;
  }

  /** Creates or replaces. @throws Problem INVALID_ARGUMENT for a script that does not compile. */
  async save(name: string, script: string): Promise<void> {
    await this.requireSound('script', script);
    await this.store.save({ name, script });
  }

  /** @throws Problem NOT_FOUND. */
  delete(name: string): Promise<void> {
    return this.store.delete(name);
  }

  /**
   * Runs a script that need not be saved.
   * @throws Problem INVALID_ARGUMENT for a script that does not compile, or fails with this record.
   */
  async test(code: string, record: Record<string, string>): Promise<Record<string, string>> {
    await this.requireSound('code', code);
    const [result] = await this.scripts.run(code, [record]);
    if (result instanceof ScriptFailure) throw invalidArgument(`invalid argument: code: ${result.reason}`);
    return result!;
  }

  /** For scripts that are saved together. @throws Problem INVALID_ARGUMENT with all that do not compile. */
  async requireAllSound(transformers: Transformer[]): Promise<void> {
    const unsound: UnsoundScript[] = [];
    for (const { name, script } of transformers) {
      const faults = await this.scripts.check(script);
      const called = `transformer ${JSON.stringify(name)}`;
      if (faults.length > 0) unsound.push({ called, place: `transformer:${name}`, faults });
    }
    if (unsound.length > 0) throw faultProblem(unsound);
  }

  private async requireSound(property: string, script: string): Promise<void> {
    const faults = await this.scripts.check(script);
    if (faults.length > 0) throw faultProblem([{ called: property, place: `body:${property}`, faults }]);
  }
}

interface UnsoundScript {
  /** What the text calls it. */
  called: string;
  /** Its key in `context`. */
  place: string;
  faults: ScriptFault[];
}

/** In the text where and what in a line each, in `context` the compiler's own words. */
function faultProblem(scripts: UnsoundScript[]): Problem {
  const sentences = scripts.map(({ called, faults }) => {
    const places = faults.map(({ line, column, message }) => `line ${line}, column ${column}: ${message}`);
    return `${called}: ${places.join('; ')}`;
  });
  const context = scripts.map(({ place, faults }) => [place, faults.map(({ report }) => report)] as const);
  return invalidArgument(`invalid argument: ${sentences.join('; ')}`, Object.fromEntries(context));
}
