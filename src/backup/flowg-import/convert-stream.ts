import { isUtf8 } from 'node:buffer';
import { closeSync, openSync } from 'node:fs';
import type { RestorableName } from '../../database/database.js';
import { FileRefusal } from '../../database/portable-file/file-refusal.js';
import { AuthConverter } from './auth/auth-converter.js';
import { FileBytes } from './badger/file-bytes.js';
import { keyValues } from './badger/key-values.js';
import { ConfigConverter } from './config/config-converter.js';
import type { Converter, ConverterClass, KeyItem } from './converter.js';
import { databaseOf, type FlowgKey, nameOf, readKey } from './flowg-key.js';
import { addNote, type ImportReport } from './import-report.js';
import { LogsConverter } from './logs/logs-converter.js';
import type { PortableOutput } from './portable-output.store.js';
import type { SortedKeys } from './sorted-keys.store.js';

const CONVERTERS: Record<RestorableName, ConverterClass> = {
  auth: AuthConverter,
  config: ConfigConverter,
  logs: LogsConverter,
};

/** After so many keys of other databases, and none of the right one, nothing better is to be expected. */
const ENOUGH_KEYS = 10_000;

/** A stream of Badger's on its way into a database of ours: first put into order, then converted. */
export class StreamConversion {
  private readonly converter: Converter;
  /** Keys of other databases, by database. */
  private readonly foreign = new Map<RestorableName, number>();
  private own = 0;

  constructor(
    private readonly database: RestorableName,
    private readonly sorted: SortedKeys,
    output: PortableOutput,
    private readonly report: ImportReport,
    /** Called every now and then. */
    private readonly onProgress: () => void,
  ) {
    this.converter = new CONVERTERS[database](output, report);
  }

  /** @throws FileRefusal for a file that is cut, damaged, or holds nothing of this database. */
  async run(path: string): Promise<void> {
    await this.collect(path);
    if (this.own === 0) throw this.wrongKind();
    let live = 0;
    for await (const rows of this.sorted.live(Date.now())) {
      live += rows.length;
      await this.converter.convert(
        rows.map((row): KeyItem => Object.assign(row, readKey(row.key.toString()))),
      );
      this.onProgress();
    }
    if (live === 0)
      throw new FileRefusal(
        'content',
        `there is nothing in this file: all of FlowG's ${this.database} was deleted`,
      );
    for (const [database, count] of this.foreign)
      addNote(this.report.skipped, 'keys', database, `${count} keys belong to FlowG's ${database} database`);
    await this.converter.finish();
  }

  private async collect(path: string): Promise<void> {
    const descriptor = openSync(path, 'r');
    try {
      const file = new FileBytes(descriptor);
      const tooLarge = ({ position, bytes }: { position: number; bytes: number }) =>
        addNote(
          this.report.skipped,
          'key',
          `at byte ${position}`,
          `it has ${bytes} bytes, which is too much`,
        );
      for (const pair of keyValues(file, tooLarge)) {
        this.onProgress();
        const key = isUtf8(pair.key) ? readKey(pair.key.toString()) : undefined;
        const place = key && this.isOwn(key) ? this.converter.placeOf(key) : undefined;
        if (!key)
          addNote(this.report.skipped, 'key', pair.key.toString('hex').slice(0, 80), 'it is not UTF-8');
        if (place !== undefined) await this.sorted.add(place, pair);
        if (this.own === 0 && this.sumOfForeign() > ENOUGH_KEYS) throw this.wrongKind();
      }
    } finally {
      closeSync(descriptor);
    }
  }

  private isOwn(key: FlowgKey): boolean {
    const database = databaseOf(key);
    if (database === this.database) this.own++;
    else if (database === undefined)
      addNote(
        this.report.skipped,
        'key',
        nameOf(`${key.family}:${key.rest}`),
        'a key of a kind that is not known here',
      );
    else if (database !== 'any') this.foreign.set(database, (this.foreign.get(database) ?? 0) + 1);
    return database === this.database;
  }

  private sumOfForeign(): number {
    return [...this.foreign.values()].reduce((sum, count) => sum + count, 0);
  }

  private wrongKind(): FileRefusal {
    const [actual] = [...this.foreign].toSorted(([, a], [, b]) => b - a)[0] ?? [];
    const reason = actual
      ? `this is a backup of FlowG's ${actual} database, not of ${this.database}: send it to /api/v1/restore/${actual}`
      : `this is a Badger backup, but nothing in it belongs to FlowG's ${this.database} database`;
    return new FileRefusal('kind', reason);
  }
}
