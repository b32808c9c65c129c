import { Controller, Get, Param, Post } from '@nestjs/common';
import { AnyLogin } from '../../auth/access.decorators.js';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { nameSchema } from '../../http/name.schema.js';
import { Operation } from '../../http/operation.decorator.js';
import { CurrentRequester, type Requester } from '../requester.js';
import { DestinationChecks } from './destination-checks.service.js';

/** The places where scheduled backups go. They are settings of the server, nothing here adds or changes one. */
@Controller('api/v1/backup-destinations')
export class DestinationsController {
  constructor(private readonly checks: DestinationChecks) {}

  @Get()
  @AnyLogin()
  @Operation('list_backup_destinations', {
    tag: 'backup',
    summary: 'List the destinations of backups',
    description:
      'Their names and kinds, as `FLOWG_BACKUP_DESTINATIONS` has them; where they are is told to nobody. Whoever ' +
      'may back up no database at all sees none.',
    answer: {
      success: true,
      destinations: [
        { name: 'nas', kind: 'folder' },
        { name: 'offsite', kind: 's3' },
      ],
    },
  })
  list(@CurrentCaller() caller: Caller) {
    const destinations = this.checks.list(caller).map(({ name, kind }) => ({ name, kind }));
    return { success: true, destinations };
  }

  @Post(':name/check')
  @AnyLogin()
  @Operation('check_backup_destination', {
    tag: 'backup',
    summary: 'Check whether a destination is ready',
    description:
      'Writes, reads, lists and removes a small file there. 502 says what does not work and what to do about it. For ' +
      'whoever may back up at least one database.',
    answer: { success: true },
    problems: ['INVALID_ARGUMENT', 'NOT_FOUND', 'BAD_GATEWAY', 'UNAVAILABLE'],
  })
  async check(@CurrentRequester() requester: Requester, @Param('name', { schema: nameSchema }) name: string) {
    await this.checks.check(name, requester);
    return { success: true };
  }
}
