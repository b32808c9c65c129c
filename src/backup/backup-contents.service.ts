import { Injectable } from '@nestjs/common';
import { Databases } from '../database/databases.js';
import { asStorageProblem } from '../database/disk-space.js';
import { failpoint } from '../failpoints.js';
import { archiveContent, type DownloadContent, fileContent } from './download-content.js';
import { namesIn, type RunScope } from './run-scope.js';

/** What a backup is made of, whether somebody downloads it or the server stores it: one instant, as a file or an archive. */
@Injectable()
export class BackupContents {
  constructor(private readonly databases: Databases) {}

  /** Pins the instant. Whoever asks releases it. @throws Problem INSUFFICIENT_STORAGE when a copy is needed and does not fit. */
  async pin(scope: RunScope): Promise<DownloadContent> {
    try {
      await failpoint('backup.begun');
      const snapshots = await this.databases.snapshots(namesIn(scope));
      return scope === 'all' ? archiveContent(snapshots) : fileContent(scope, snapshots[0]!);
    } catch (error) {
      throw asStorageProblem(error);
    }
  }
}
