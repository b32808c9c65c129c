import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { StagedGeneration } from '../database/database.js';
import { FileRefusal } from '../database/portable-file/file-refusal.js';
import { objectText, requireContent, requireUtf8 } from '../database/portable-file/require-content.js';
import type { RestorePolicy } from '../database/restore-policy.js';
import { nameSchema } from '../http/name.schema.js';
import {
  entryWithOtherValues,
  highestStagedId,
  miscountedStream,
  stagedDeliveryAlerts,
  stagedStreams,
  suspendStagedDeliveries,
  untrueIndex,
} from './staged-logs.store.js';

/** New rows get the ids behind the highest one: a file must leave room for them. */
const HIGHEST_ID = 2 ** 51;

/** As `configure_stream` writes it. Without a name it is being emptied, here as where it comes from. */
const storedStreamSchema = z.object({
  name: nameSchema.nullable(),
  ttl: z.int(),
  size: z.int(),
  indexedFields: z
    .string()
    .transform((text) => JSON.parse(text) as unknown)
    .pipe(z.array(z.string())),
});

/**
 * The JSON and the ranges of all tables are covered by CHECKs, which the check of a file has verified by now. This is about
 * the rest: names and settings of streams, sums, indexes that hold what they should, room for what comes.
 */
@Injectable()
export class LogsRestorePolicy implements RestorePolicy {
  /** @throws FileRefusal for the first thing that the API would not have let in. */
  async validate(staged: StagedGeneration): Promise<void> {
    for await (const { nameBytes, ...stream } of stagedStreams(staged)) {
      const object = objectText('stream', stream.name ?? '');
      if (nameBytes) requireUtf8(nameBytes, object);
      requireContent(storedStreamSchema, stream, object);
    }
    for (const alert of await stagedDeliveryAlerts(staged))
      requireContent(nameSchema, alert, objectText('delivery of the alert', alert));
    if ((await highestStagedId(staged)) > HIGHEST_ID)
      throw new FileRefusal('content', 'the ids in the file leave no room for new ones');
    const miscounted = await miscountedStream(staged);
    if (miscounted) {
      const object = objectText('stream', miscounted.name ?? '');
      throw new FileRefusal('content', `${object} does not have as many entries, or bytes, as it says`);
    }
    const odd = await entryWithOtherValues(staged);
    if (odd)
      throw new FileRefusal(
        'content',
        `entry ${odd.id} is not valid: its fields are not text, all of them and nothing else`,
      );
    const field = await untrueIndex(staged);
    if (field !== undefined)
      throw new FileRefusal(
        'content',
        `${objectText('the index of the field', JSON.parse(field) as string)} does not hold what is in its stream`,
      );
  }

  /** What was to be sent when the backup was taken is not sent a second time, or years later. */
  async prepare(staged: StagedGeneration): Promise<void> {
    await suspendStagedDeliveries(staged, Date.now());
  }
}
