import { type ArgumentsHost, Catch, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { ProblemFilter } from '../http/problem.filter.js';
import { Problem } from '../problems.js';
import { CatalogueService } from './catalogue.service.js';
import { requesterOf } from './requester.js';
import { RUN_SCOPES } from './run-scope.js';

/**
 * Writes into the catalogue that somebody who is known was not allowed to back up or restore. The answer waits for it:
 * otherwise whoever asks faster than the disk can write fills a queue that every permitted backup has to stand in.
 */
@Injectable()
@Catch()
export class DeniedRunFilter extends ProblemFilter {
  constructor(private readonly catalogue: CatalogueService) {
    super();
  }

  override catch(error: unknown, host: ArgumentsHost): void {
    if (!(error instanceof Problem) || error.code !== 'PERMISSION_DENIED') return super.catch(error, host);
    const request = host.switchToHttp().getRequest<Request>();
    void this.record(request, error.message)
      .catch((failure: Error) =>
        this.log.error('a refusal could not be written into the catalogue', failure.stack),
      )
      .then(() => super.catch(error, host));
  }

  private async record(request: Request, text: string): Promise<void> {
    const requester = requesterOf(request);
    if (!requester) return;
    const scope = RUN_SCOPES.find((one) => request.path.endsWith(`/${one}`)) ?? 'all';
    const kind = request.method === 'POST' ? 'restore' : 'backup';
    await this.catalogue.refuse(kind, scope, requester, text);
  }
}
