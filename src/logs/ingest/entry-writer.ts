import { Injectable } from '@nestjs/common';
import { countDeliveries } from '../deliveries/delivery-metrics.js';
import { DeliveryService } from '../deliveries/delivery.service.js';
import type { NewDelivery } from '../deliveries/insert-deliveries.store.js';
import { EntriesStore, type NewEntry, type Outputs } from '../entries/entries.store.js';
import type { Instant } from '../instant.js';
import { Problem } from '../../problems.js';
import type { Arrival } from '../pipeline/pipeline-runner.js';
import type { Fields } from '../record.js';
import { WatchHub } from '../watch/watch-hub.js';
import { GroupCommit } from './group-commit.js';
import { IngestCounters } from './ingest-counters.js';
import { ServerClock } from './server-clock.js';

/** One transaction holds at most this: what waits behind it, a snapshot among others, should not wait long. */
const BATCH = { rows: 5000, bytes: 8 * 1024 * 1024 };

/** What one request may become in all streams it goes to. It is written as one piece of text. */
const MOST_BYTES = 128 * 1024 * 1024;

/**
 * Where records become entries: they get their time, are stored together with what else comes at the moment, and are
 * then told to those who watch.
 */
@Injectable()
export class EntryWriter {
  private readonly commits: GroupCommit<Outputs>;

  constructor(
    private readonly entries: EntriesStore,
    private readonly clock: ServerClock,
    private readonly hub: WatchHub,
    private readonly deliveries: DeliveryService,
    private readonly counters: IngestCounters,
  ) {
    this.commits = new GroupCommit((batch) => this.append(batch), BATCH);
  }

  /**
   * Stores all arrivals in one transaction, or none.
   * @throws Problem TOO_LARGE, INSUFFICIENT_STORAGE.
   */
  async write(arrivals: Arrival[]): Promise<void> {
    if (arrivals.length === 0) return;
    const { outputs, bytes } = this.stamped(arrivals);
    if (bytes > MOST_BYTES) {
      const text = `the records would take ${bytes} bytes in all streams, ${MOST_BYTES} are possible: send less at a time`;
      throw new Problem('TOO_LARGE', text);
    }
    await this.commits.add(outputs, { rows: arrivals.length, bytes });
  }

  /**
   * The time is taken here and not when a request begins, and nothing comes between this and the queue: so the order of
   * times is the order in which entries are stored, and get their ids. Arrivals of one record stand together and have one
   * time.
   */
  private stamped(arrivals: Arrival[]): { outputs: Outputs; bytes: number } {
    const outputs: Outputs = { entries: [], deliveries: [] };
    let sum = 0;
    let instant: Instant | undefined;
    let texts: RecordText[] = [];
    for (const [place, { index, at, record }] of arrivals.entries()) {
      if (!instant || index !== arrivals[place - 1]!.index) {
        instant = this.clock.now();
        texts = [];
      }
      let text = texts.find((one) => one.record === record);
      if (!text) texts.push((text = textOf(record)));
      const { fields, bytes } = text;
      sum += bytes;
      if (at.kind === 'stream') outputs.entries.push({ stream: at.stream, instant, record, fields });
      else outputs.deliveries.push({ alert: at.alert, instant, fields });
    }
    return { outputs, bytes: sum };
  }

  private async append(batch: Outputs[]): Promise<void> {
    const entries: NewEntry[] = batch.flatMap((outputs) => outputs.entries);
    const deliveries: NewDelivery[] = batch.flatMap((outputs) => outputs.deliveries);
    const stored = await this.entries.append(entries, deliveries);
    this.counters.countStored(stored.entries);
    this.hub.publish(stored.entries);
    for (const [alert, count] of stored.droppedDeliveries) countDeliveries(alert, 'dropped', count);
    if (deliveries.length > 0) this.deliveries.wake();
  }
}

/** What a record is stored as, wherever it goes to. */
interface RecordText {
  record: Fields;
  fields: string;
  bytes: number;
}

function textOf(record: Fields): RecordText {
  const fields = JSON.stringify(record);
  return { record, fields, bytes: Buffer.byteLength(fields) };
}
