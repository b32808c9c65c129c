import type { Converter, KeyItem } from '../converter.js';
import { nameOf } from '../flowg-key.js';
import { addNote, type ImportReport } from '../import-report.js';
import type { PortableOutput } from '../portable-output.store.js';
import { ConfigDefinitions, type DefinitionKind } from './config-definitions.js';

const KINDS: Record<string, DefinitionKind> = {
  transformer: 'transformer',
  pipeline: 'pipeline',
  forwarder: 'alert',
};

/** Keys of FlowG's `config` database, which it has since v0.35: `transformer:N`, `pipeline:N`, `forwarder:N`, `system:config`. */
export class ConfigConverter implements Converter {
  private readonly definitions: ConfigDefinitions;

  constructor(
    output: PortableOutput,
    private readonly report: ImportReport,
  ) {
    this.definitions = new ConfigDefinitions(output, report);
  }

  placeOf(): number {
    return 0;
  }

  async convert(items: KeyItem[]): Promise<void> {
    for (const { family, rest, value } of items) {
      const kind = KINDS[family];
      if (kind) await this.definitions.add(kind, nameOf(rest), value);
      else
        addNote(
          this.report.skipped,
          'system configuration',
          nameOf(rest),
          'allowed syslog origins are a setting here: FLOWG_SYSLOG_ALLOW_ORIGINS',
        );
    }
  }

  finish(): Promise<void> {
    return this.definitions.finish();
  }
}
