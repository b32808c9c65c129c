import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { ImportedUsersService, type OneTimePassword } from '../../auth/imported-users.service.js';
import type { StagedGeneration } from '../../database/database.js';
import { invalidArgument } from '../../problems.js';
import { ScriptEngine } from '../../vrl/script-engine.js';
import { noteBrokenScripts } from './config/script-notes.js';
import { addNote, importAnswer, type ImportReport, MOST_NAMED_USERS } from './import-report.js';

export type ImportAnswer = ReturnType<typeof importAnswer> & { one_time_passwords?: OneTimePassword[] };

/** What becomes of a staged generation that was made of a backup of FlowG's, before the module that owns it looks at it. */
@Injectable()
export class FlowgImportsService {
  constructor(
    private readonly users: ImportedUsersService,
    private readonly scripts: ScriptEngine,
  ) {}

  /**
   * Of definitions: which scripts do not compile here. Of users and roles: the caller goes on as before, and users without a password get one if that is wanted.
   * @returns what the answer of the restore says of it.
   * @throws Problem INVALID_ARGUMENT when too many passwords are wanted.
   */
  async settle(
    staged: StagedGeneration,
    report: ImportReport,
    caller: Caller,
    oneTimePasswords: boolean,
  ): Promise<ImportAnswer> {
    if (staged.database === 'config') await noteBrokenScripts(staged, this.scripts, report);
    if (!report.passwordsLost) return importAnswer(report);
    const others = withoutUser(report.passwordsLost, caller.user);
    if (oneTimePasswords && others.count > others.first.length)
      throw invalidArgument(
        `invalid argument: ${others.count} users would need a one-time password, ${MOST_NAMED_USERS} are possible; ` +
          'nothing was changed; repeat without `one_time_passwords`',
      );
    for (const { from, to } of await this.users.keepAccess(staged, caller))
      addNote(
        report.needsAttention,
        'role',
        to,
        `it has the rights that your role ${JSON.stringify(from)} had before`,
      );
    const answer = importAnswer({ ...report, passwordsLost: others });
    if (!oneTimePasswords) return answer;
    return { ...answer, one_time_passwords: await this.users.givePasswords(staged, others.first) };
  }
}

function withoutUser({ first, count }: NonNullable<ImportReport['passwordsLost']>, user: string) {
  const others = first.filter((name) => name !== user);
  return { first: others, count: count - (first.length - others.length) };
}
