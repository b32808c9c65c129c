import { Controller, Get, Param, Post, Query } from '@nestjs/common';
import type { z } from 'zod';
import { AnyLogin } from '../../auth/access.decorators.js';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { Operation } from '../../http/operation.decorator.js';
import { RUN_EXAMPLE } from '../catalogue.controller.js';
import { CatalogueService } from '../catalogue.service.js';
import { type ListQuery, listQuery, mostRuns, runIdSchema } from '../list-query.js';
import { CurrentRequester, type Requester } from '../requester.js';
import { undoQuery } from './restore.query.js';
import { RestoreStandings } from './restore-standings.js';
import { UndoService } from './undo.service.js';

const EXAMPLE = {
  ...RUN_EXAMPLE,
  mode: 'replace',
  from: null,
  generation: 2,
  undoes: null,
  undone_by: null,
  undoable_until: '2026-02-01T09:30:00.020Z',
  confirm_by: null,
};
const UNDO_EXAMPLE = {
  ...EXAMPLE,
  id: '0c2f9c1e-8f5c-4f0e-a2b6-6f1f0a3f7d11',
  bytes: null,
  sha256: null,
  mode: 'undo',
  generation: 1,
  undoes: EXAMPLE.id,
};

/** The history of restores, as far as the caller could have made them, and what can be done about one. */
@Controller('api/v1/restores')
export class RestoresController {
  constructor(
    private readonly catalogue: CatalogueService,
    private readonly standings: RestoreStandings,
    private readonly undos: UndoService,
  ) {}

  @Get()
  @AnyLogin()
  @Operation('list_restores', {
    tag: 'backup',
    summary: 'List restores, newest first',
    description:
      'Of the databases that the caller may restore; previews, undos, refused and failed ones included.',
    answer: { success: true, restores: [EXAMPLE] },
    problems: ['INVALID_ARGUMENT'],
  })
  async list(@CurrentCaller() caller: Caller, @Query({ schema: listQuery }) query: ListQuery) {
    const runs = await this.catalogue.list('restore', caller, mostRuns(query));
    return { success: true, restores: await this.standings.answers(runs) };
  }

  @Get(':id')
  @AnyLogin()
  @Operation('get_restore', {
    tag: 'backup',
    summary: 'Look at one restore',
    answer: { success: true, restore: EXAMPLE },
    problems: ['INVALID_ARGUMENT', 'NOT_FOUND'],
  })
  async get(@CurrentCaller() caller: Caller, @Param('id', { schema: runIdSchema }) id: string) {
    const [restore] = await this.standings.answers([await this.catalogue.get('restore', id, caller)]);
    return { success: true, restore };
  }

  @Post(':id/undo')
  @AnyLogin()
  @Operation('undo_restore', {
    tag: 'backup',
    summary: 'Put back what a restore has replaced',
    description:
      'For whoever may restore these databases. As atomic as the restore was, and a restore of its own: it can be undone too. ' +
      'What came in since the restore is gone, unless `keep_newer=true` asks to keep its logs. `409` when what was replaced is not kept any more, when something was ' +
      'restored since, or when you could not come back afterwards.',
    answer: { success: true, restore: UNDO_EXAMPLE },
    problems: ['INVALID_ARGUMENT', 'NOT_FOUND', 'CONFLICT', 'INSUFFICIENT_STORAGE'],
  })
  async undo(
    @CurrentRequester() requester: Requester,
    @Param('id', { schema: runIdSchema }) id: string,
    @Query({ schema: undoQuery }) query: z.output<typeof undoQuery>,
  ) {
    const options = {
      allowLockout: query.allow_lockout === 'true',
      keepNewer: query.keep_newer === 'true',
    };
    return {
      success: true,
      restore: this.standings.answerOfLive(await this.undos.undo(id, requester, options)),
    };
  }

  @Post(':id/confirm')
  @AnyLogin()
  @Operation('confirm_restore', {
    tag: 'backup',
    summary: 'Keep a restore that would undo itself',
    description:
      'For whoever may restore these databases, by a credential that is valid after the restore. Exactly one of ' +
      'the confirmation and the end of the time wins.',
    answer: { success: true, restore: EXAMPLE },
    problems: ['INVALID_ARGUMENT', 'PERMISSION_DENIED', 'NOT_FOUND', 'CONFLICT'],
  })
  async confirm(@CurrentRequester() requester: Requester, @Param('id', { schema: runIdSchema }) id: string) {
    return { success: true, restore: this.standings.answerOfLive(await this.undos.confirm(id, requester)) };
  }
}
