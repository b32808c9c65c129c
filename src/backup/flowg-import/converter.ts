import type { FlowgKey } from './flowg-key.js';
import type { ImportReport } from './import-report.js';
import type { PortableOutput } from './portable-output.store.js';
import type { LiveKey } from './sorted-keys.store.js';

/** A live key of FlowG's with its parts. */
export interface KeyItem extends LiveKey, FlowgKey {}

/** Makes rows of one of our databases out of the keys of FlowG's. */
export interface Converter {
  /**
   * Where a key of this database stands in the order in which `convert` gets them, the same for all versions of a key.
   * @returns undefined for one that is not needed.
   */
  placeOf(key: FlowgKey): number | undefined;

  /** Called with piece after piece. */
  convert(items: KeyItem[]): Promise<void>;

  /** Called when there is no more. */
  finish(): Promise<void>;
}

export type ConverterClass = new (output: PortableOutput, report: ImportReport) => Converter;
