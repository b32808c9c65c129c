import { Controller, Param, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { AnyLogin } from '../../auth/access.decorators.js';
import { Operation } from '../../http/operation.decorator.js';
import { BACKUP_EXAMPLE } from '../catalogue.controller.js';
import { clientGone } from '../client-gone.js';
import { runIdSchema } from '../list-query.js';
import { CurrentRequester, type Requester } from '../requester.js';
import { backupAnswer } from '../run-answer.js';
import { ProofRequests } from './proof-requests.js';

@Controller('api/v1/backups')
export class ProofController {
  constructor(private readonly proofs: ProofRequests) {}

  @Post(':id/prove')
  @AnyLogin()
  @Operation('prove_backup', {
    tag: 'backup',
    summary: 'Read a stored backup back, and try it',
    description:
      'For whoever may back up these databases. The file is read from its destination, compared with what was written, ' +
      'unpacked, and goes through everything that a restore does before the switch; then the databases in it are asked what the API ' +
      'would be asked. Nothing live is touched, nothing is removed. A backup that does not pass is an answer, not an error: ' +
      '`200` with `proof.outcome` `failed`, and `proof.error` says why. Of a sealed backup the server can only ' +
      'tell that it is byte for byte what was written: `proof.reach` is `bytes` then. `409` for a backup that no destination ' +
      'has, or that is being proven at this moment.',
    answer: { success: true, backup: BACKUP_EXAMPLE },
    problems: [
      'INVALID_ARGUMENT',
      'NOT_FOUND',
      'CONFLICT',
      'BAD_GATEWAY',
      'UNAVAILABLE',
      'INSUFFICIENT_STORAGE',
    ],
  })
  async prove(
    @CurrentRequester() requester: Requester,
    @Param('id', { schema: runIdSchema }) id: string,
    @Res({ passthrough: true }) response: Response,
  ) {
    return {
      success: true,
      backup: backupAnswer(await this.proofs.prove(id, requester, clientGone(response))),
    };
  }
}
