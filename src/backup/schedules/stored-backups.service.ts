import { Injectable } from '@nestjs/common';
import { pipeline, type Readable } from 'node:stream';
import { failpoint } from '../../failpoints.js';
import { BackupContents } from '../backup-contents.service.js';
import { Destinations } from '../destinations/destinations.service.js';
import { DigestBeforeEnd } from '../digest/digest-before-end.js';
import type { DownloadContent } from '../download-content.js';
import { pack } from '../packing/pack.js';
import type { Packed } from '../packing/packing.js';
import type { Run } from '../run.entity.js';
import type { ScheduleDefinition } from './schedule.js';
import { fileName } from './stored-file-name.js';

/** Backups that the server itself puts into a destination. */
@Injectable()
export class StoredBackups {
  constructor(
    private readonly contents: BackupContents,
    private readonly destinations: Destinations,
  ) {}

  /**
   * One attempt: a fresh instant, hashed, packed, written. All that is known of it is set on the run, and left to be written
   * down.
   * @returns what can open it.
   * @throws DestinationError, Problem, the reason of the signal; there is no file then.
   */
  async store(run: Run, schedule: ScheduleDefinition, signal: AbortSignal): Promise<Packed> {
    const destination = this.destinations.get(schedule.destination);
    const content = await this.contents.pin(run.database);
    try {
      signal.throwIfAborted();
      Object.assign(run, { bytes: content.size, ...content.facts, sha256: null });
      const hashed = hashing(content, run);
      const packed = pack(hashed, schedule);
      const file = fileName(run, packed.suffix);
      try {
        await failpoint('schedule.writing');
        await destination.write(file, packed.stream, signal);
      } finally {
        packed.stream.destroy();
        hashed.destroy();
      }
      await failpoint('schedule.written');
      run.stored = {
        destination: destination.name,
        file,
        ...packed.result(),
        compression: schedule.compression,
        sealed: schedule.recipients.length > 0,
        removedMs: null,
      };
      return packed;
    } finally {
      await content.release();
    }
  }
}

/** The bytes of a backup; before the last of them comes out, the run has their SHA-256. */
function hashing(content: DownloadContent, run: Run): Readable {
  const digest = new DigestBeforeEnd(content.size, (sha256) => {
    run.sha256 = sha256;
    return Promise.resolve();
  });
  // Whoever takes from the digest gets the error too.
  pipeline(content.stream(), digest, () => undefined);
  return digest.on('error', () => undefined);
}
