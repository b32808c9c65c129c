import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { StagedGeneration } from '../database/database.js';
import { FileRefusal } from '../database/portable-file/file-refusal.js';
import { objectText, requireContent, requireUtf8 } from '../database/portable-file/require-content.js';
import type { RestorePolicy } from '../database/restore-policy.js';
import { nameSchema } from '../http/name.schema.js';

/** New rows get the ids behind the newest one: a file must leave room for them. */
const MOST_ID = 2 ** 51;

/** As this server writes it: what `configure_stream` made of what it was sent. */
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
 * Entries and the JSON in all tables are covered by CHECKs, which the check of a file has verified by now. This is about
 * the rest: names, settings, counts, room.
 */
@Injectable()
export class LogsRestorePolicy implements RestorePolicy {
  async validate(staged: StagedGeneration): Promise<void> {
    await this.requireRoom(staged);
    await this.requireCounts(staged);
    await this.requireStreams(staged);
  }

  private async requireRoom(staged: StagedGeneration): Promise<void> {
    const rows = await staged.read((manager) =>
      manager.query<unknown[]>(
        'SELECT 1 FROM entry WHERE id > ?1 UNION ALL SELECT 1 FROM stream WHERE id > ?1',
        [MOST_ID],
      ),
    );
    if (rows.length === 0) return;
    throw new FileRefusal('content', 'the ids in the file leave no room for new ones');
  }

  private async requireCounts(staged: StagedGeneration): Promise<void> {
    const [wrong] = await staged.read((manager) =>
      manager.query<{ name: string | null }[]>(
        `SELECT name FROM stream
         WHERE entry_count <> (SELECT count(*) FROM entry WHERE entry.stream_id = stream.id) LIMIT 1`,
      ),
    );
    if (!wrong) return;
    const object = objectText('stream', wrong.name ?? '');
    throw new FileRefusal('content', `${object} does not have as many entries as it says`);
  }

  private async requireStreams(staged: StagedGeneration): Promise<void> {
    for await (const row of streamsOf(staged)) {
      const object = objectText('stream', row.name ?? '');
      if (row.nameBytes) requireUtf8(row.nameBytes, object);
      requireContent(storedStreamSchema, row, object);
    }
  }
}

interface StreamRow {
  id: number;
  name: string | null;
  nameBytes: Buffer | null;
  ttl: number;
  size: number;
  indexedFields: string;
}

/** One at a time: a list of indexed fields may be as large as a request. */
async function* streamsOf(staged: StagedGeneration): AsyncGenerator<StreamRow> {
  let last = 0;
  for (;;) {
    const [row] = await staged.read((manager) =>
      manager.query<StreamRow[]>(
        `SELECT id, name, CAST(name AS BLOB) AS nameBytes, ttl_seconds AS ttl, size_mb AS size,
           indexed_fields AS indexedFields
         FROM stream WHERE id > ? ORDER BY id LIMIT 1`,
        [last],
      ),
    );
    if (!row) return;
    yield row;
    last = row.id;
  }
}
