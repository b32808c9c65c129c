import { isUtf8 } from 'node:buffer';
import { scriptSchema } from '../../../config/transformer.schema.js';
import { nameSchema } from '../../../http/name.schema.js';
import { addNote, type ImportReport } from '../import-report.js';
import type { PortableOutput } from '../portable-output.store.js';
import { flowOf } from './flow-of.js';
import { FlowFaults } from './flow-faults.store.js';
import { webhookOf } from './webhook-of.js';

export type DefinitionKind = 'transformer' | 'pipeline' | 'alert';

const TABLES: Record<DefinitionKind, { table: string; column: string }> = {
  transformer: { table: 'transformers', column: 'script' },
  pipeline: { table: 'pipelines', column: 'flow' },
  alert: { table: 'alerts', column: 'webhook' },
};

/** Takes over definitions one by one, wherever they come from. What cannot be one here is noted and left out. */
export class ConfigDefinitions {
  constructor(
    private readonly output: PortableOutput,
    private readonly report: ImportReport,
  ) {}

  /** @param content as FlowG stores it. Of several under one name the last one counts. */
  async add(kind: DefinitionKind, name: string, content: Buffer): Promise<void> {
    const problem = nameSchema.safeParse(name).error?.issues[0]?.message;
    if (problem !== undefined) return this.skip(kind, name, `the name is not valid: ${problem}`);
    if (!isUtf8(content)) return this.skip(kind, name, 'its content is not UTF-8');
    const converted = this.converted(kind, name, content.toString());
    if ('reason' in converted) return this.skip(kind, name, converted.reason);
    const { table, column } = TABLES[kind];
    await this.output.run(
      `INSERT INTO ${table} (name, ${column}) VALUES (?, ?)
       ON CONFLICT (name) DO UPDATE SET ${column} = excluded.${column}`,
      [name, converted.text],
      converted.text.length,
    );
  }

  /** Looks, when all of them are there, at what could not be saved like this here. */
  async finish(): Promise<void> {
    for await (const { pipeline, text } of new FlowFaults(this.output).all())
      addNote(this.report.needsAttention, 'pipeline', pipeline, text);
  }

  private converted(kind: DefinitionKind, name: string, text: string): { text: string } | { reason: string } {
    if (kind === 'transformer') {
      const script = scriptSchema.safeParse(text);
      return script.success ? { text } : { reason: script.error.issues[0]!.message };
    }
    const stored = parsed(text);
    if (stored === undefined) return { reason: 'its content is not JSON' };
    if (kind === 'pipeline') {
      const result = flowOf(stored);
      return 'reason' in result ? result : { text: JSON.stringify(result.flow) };
    }
    const result = webhookOf(stored);
    if ('reason' in result) return result;
    if (result.attention) addNote(this.report.needsAttention, kind, name, result.attention);
    return { text: JSON.stringify(result.webhook) };
  }

  private skip(kind: DefinitionKind, name: string, reason: string): void {
    addNote(this.report.skipped, kind, name, reason);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
