import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Response } from 'express';
import { pipeline } from 'node:stream/promises';
import { Problem } from '../problems.js';
import { SETTINGS, type Settings } from '../settings.js';
import { BackupContents } from './backup-contents.service.js';
import { CatalogueService } from './catalogue.service.js';
import type { DownloadContent } from './download-content.js';
import { publicText } from './public-text.js';
import type { Requester } from './requester.js';
import { ResponseSink } from './response-sink.js';
import { DigestBeforeEnd } from './digest/digest-before-end.js';
import type { Run } from './run.entity.js';
import type { RunScope } from './run-scope.js';

/**
 * A backup, step by step:
 * 1. a row in the catalogue, whose id goes out as `X-Backup-Id`;
 * 2. a snapshot: one instant of the database, or of all of them, its length known;
 * 3. the bytes, hashed as they pass; before the last of them leaves, their SHA-256 stands in the catalogue;
 * 4. the outcome. If anything fails after the first byte the connection is destroyed: `Content-Length` then tells the
 *    client that the file is not complete.
 */
@Injectable()
export class BackupService {
  private readonly log = new Logger('Backup');

  constructor(
    private readonly contents: BackupContents,
    private readonly catalogue: CatalogueService,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async download(scope: RunScope, requester: Requester, response: Response): Promise<void> {
    const run = await this.catalogue.begin('backup', scope, requester);
    const content = await this.pin(scope, run);
    try {
      // Written down with the SHA-256 or the end, whichever comes first: the first byte does not wait for the disk.
      Object.assign(run, { bytes: content.size, ...content.facts });
      response.set({
        'Content-Type': content.mediaType,
        'Content-Disposition': `attachment; filename=${content.fileName}`,
        'Content-Length': String(content.size),
        'Cache-Control': 'no-store',
        'X-Backup-Id': run.id,
      });
      await this.send(content, run, response);
    } finally {
      await content.release();
    }
  }

  private async pin(scope: RunScope, run: Run): Promise<DownloadContent> {
    try {
      return await this.contents.pin(scope);
    } catch (error) {
      await this.catalogue.end(run, 'failed', publicText(error));
      throw error;
    }
  }

  private async send(content: DownloadContent, run: Run, response: Response): Promise<void> {
    const idleSeconds = this.settings.transferIdleSeconds;
    let stalled = false;
    response.setTimeout(idleSeconds * 1000, () => {
      stalled = true;
      response.destroy();
    });
    try {
      const digest = new DigestBeforeEnd(content.size, (sha256) => this.catalogue.note(run, { sha256 }));
      await pipeline(content.stream(), digest, new ResponseSink(response));
      await this.catalogue.end(run, 'succeeded');
    } catch (error) {
      response.destroy();
      if (stalled)
        await this.catalogue.end(run, 'aborted', `the client took nothing for ${idleSeconds} seconds`);
      else if (clientWentAway(error))
        await this.catalogue.end(run, 'aborted', 'the client closed the connection');
      else {
        this.log.error(`backup ${run.id} broke off`, (error as Error).stack);
        const text =
          error instanceof Problem
            ? error.message
            : 'the server failed while sending; the connection was cut';
        await this.catalogue.end(run, 'failed', text);
      }
    }
  }
}

const WENT_AWAY = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE', 'ABORT_ERR']);

function clientWentAway(error: unknown): boolean {
  return WENT_AWAY.has(String((error as { code?: unknown }).code));
}
