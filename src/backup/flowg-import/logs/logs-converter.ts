import { FileRefusal } from '../../../database/portable-file/file-refusal.js';
import { nameSchema } from '../../../http/name.schema.js';
import { streamConfigSchema } from '../../../logs/streams/stream-config.schema.js';
import type { Converter, KeyItem } from '../converter.js';
import { cutBehindKnown, cutFirst, type FlowgKey, nameOf } from '../flowg-key.js';
import { addNote, type ImportReport } from '../import-report.js';
import type { PortableOutput } from '../portable-output.store.js';
import { entryOf, entryPlace, type ImportedEntry } from './entry-of.js';
import { LogsRows } from './logs-rows.store.js';

/** Their names are held in memory. */
const MOST_STREAMS = 100_000;
/** In front of every entry, whatever its time. */
const STREAMS_PLACE = -1;

/**
 * Keys of FlowG's `logs` database: `stream:config:S`, `stream:field:S:F`, `entry:S:MS:UUID`. Its indexes are left out, and
 * built anew from what is indexed.
 */
export class LogsConverter implements Converter {
  private readonly rows: LogsRows;
  /** Every stream that was met, and whether it can be one here. */
  private readonly streams = new Map<string, boolean>();

  constructor(
    output: PortableOutput,
    private readonly report: ImportReport,
  ) {
    this.rows = new LogsRows(output);
  }

  /** Entries by their time, so that their ids will be in the order of time, as those of ingest are. */
  placeOf({ family, rest, separator }: FlowgKey): number | undefined {
    if (family === 'index') return undefined;
    return family === 'entry' ? (entryPlace(rest, separator)?.timestampMs ?? 0) : STREAMS_PLACE;
  }

  async convert(items: KeyItem[]): Promise<void> {
    const entries: ImportedEntry[] = [];
    for (const item of items) {
      if (item.family === 'stream') await this.addStreamPart(item);
      else {
        const entry = entryOf(item);
        if ('reason' in entry) addNote(this.report.skipped, 'entry', entry.place, entry.reason);
        else if (this.isValidStream(entry.stream)) entries.push(entry);
      }
    }
    await this.rows.addEntries(
      entries.toSorted((a, b) => a.timestampMs - b.timestampMs || a.subNs - b.subNs),
    );
  }

  finish(): Promise<void> {
    return this.rows.beginIndexes();
  }

  private async addStreamPart({ rest, separator, value }: KeyItem): Promise<void> {
    const [kind, text] = cutFirst(rest, separator) ?? ['', ''];
    if (kind === 'config') await this.addStream(nameOf(text), value);
    else if (kind === 'field') await this.addField(text, separator);
    else
      addNote(this.report.skipped, 'key', nameOf(rest), 'a key of a stream of a kind that is not known here');
  }

  private async addStream(name: string, value: Buffer): Promise<void> {
    if (!this.isValidStream(name)) return;
    const config = configOf(value);
    if (!config.success)
      addNote(this.report.skipped, 'settings of stream', name, 'they cannot be read: it gets the usual ones');
    await this.rows.addStream(name, config.success ? config.data : streamConfigSchema.parse({}));
  }

  private async addField(text: string, separator: string): Promise<void> {
    const [stream, field] =
      cutBehindKnown(text, separator, (name) => this.streams.get(name) === true) ??
      cutFirst(text, separator) ??
      [];
    if (stream === undefined || field === undefined || !this.isValidStream(nameOf(stream))) return;
    await this.rows.addField(nameOf(stream), nameOf(field));
  }

  private isValidStream(name: string): boolean {
    const met = this.streams.get(name);
    if (met !== undefined) return met;
    if (this.streams.size >= MOST_STREAMS)
      throw new FileRefusal('content', `the file has more than ${MOST_STREAMS} streams, which is too many`);
    const reason = nameSchema.safeParse(name).error?.issues[0]?.message;
    if (reason !== undefined)
      addNote(this.report.skipped, 'stream', name, `the name is not valid: ${reason}`);
    this.streams.set(name, reason === undefined);
    return reason === undefined;
  }
}

/** Of a stream that nobody has configured FlowG stores an empty value. */
function configOf(value: Buffer) {
  try {
    return streamConfigSchema.safeParse(value.length === 0 ? {} : JSON.parse(value.toString()));
  } catch {
    return { success: false as const };
  }
}
