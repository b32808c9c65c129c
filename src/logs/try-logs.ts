import type { RowCounts } from '../database/database.js';
import { TrialFailure, type Trials } from '../database/trials.js';
import type { LogsDatabase } from './logs.database.js';
import { entryFilter } from './query/entry-filter.js';
import { EntryPagesStore, type EntrySelection } from './query/entry-pages.store.js';
import { QueryService } from './query/query.service.js';
import type { Fields } from './record.js';
import { StreamsStore } from './streams/streams.store.js';

const NEWEST = 100;
const HOUR_MILLISECONDS = 60 * 60 * 1000;
/** Behind every time that an entry can have: the end of the year 9999. */
const END_MS = 253_402_300_800_000;

interface FoundRecord {
  timestamp: string;
  fields: Fields;
}

/**
 * Asks a database what the API would be asked: its streams, and of the largest one the fields, the newest logs, those of the
 * last hour, and those that have what the newest one has.
 * @throws TrialFailure when these answers contradict each other, or what SQLite says.
 */
export async function tryLogs(database: LogsDatabase, rows: RowCounts, trials: Trials): Promise<void> {
  const streams = new StreamsStore(database);
  await trials.askFor('streams', rows.streams!, () => streams.list());
  const stream = await streams.largest();
  if (stream === undefined) return;
  const of = `of the stream ${JSON.stringify(stream)}`;
  await trials.ask(`fields ${of}`, () => streams.fields(stream));
  const queries = new QueryService(new EntryPagesStore(database));
  const find = (selection: EntrySelection) => recordsOf(queries, stream, selection);
  const newestLogs = () => find({ fromMs: 0, toMs: END_MS, limit: NEWEST });
  const [newest] = await trials.ask(`newest logs ${of}`, newestLogs);
  if (!newest) return;
  /** It may have expired since: then what is older comes first, everywhere. */
  const requireIn = async (found: readonly FoundRecord[], which: string) => {
    if (found[0]?.timestamp === newest.timestamp) return;
    const [now] = await newestLogs();
    if (now?.timestamp === newest.timestamp)
      throw new TrialFailure(`the newest log ${of} is not among those ${which}`);
  };
  const newestMs = Date.parse(newest.timestamp);
  const hour = { fromMs: newestMs - HOUR_MILLISECONDS, toMs: newestMs + 1, limit: NEWEST };
  await requireIn(await trials.ask(`logs of the last hour ${of}`, () => find(hour)), 'of its hour');
  const [field, value] = Object.entries(newest.fields).find(isPlain) ?? [];
  if (field === undefined || value === undefined) return;
  const filter = entryFilter({ kind: 'equals', field, value });
  const filtered = await trials.ask(`logs with a value ${of}`, () => find({ ...hour, filter }));
  await requireIn(filtered, 'with its value');
  if (filtered.some(({ fields }) => fields[field] !== value))
    throw new TrialFailure('a query with a filter finds logs that do not match it');
}

async function recordsOf(
  queries: QueryService,
  stream: string,
  selection: EntrySelection,
): Promise<FoundRecord[]> {
  const pieces: Buffer[] = [];
  for await (const { text } of queries.answer(stream, selection)) pieces.push(text);
  return (JSON.parse(Buffer.concat(pieces).toString()) as { records: FoundRecord[] }).records;
}

/** Text that a query can ask for as an answer shows it: in a restored file there may be bytes that are none. */
function isPlain([field, value]: [string, string]): boolean {
  return [field, value].every((text) => !/[\p{Surrogate}\uFFFD]/u.test(text));
}
