import { Inject, Injectable } from '@nestjs/common';
import { AuthRestorePolicy } from '../../auth/auth-restore-policy.js';
import { ConfigRestorePolicy } from '../../config/config-restore-policy.js';
import type { Caller } from '../../auth/caller.js';
import type { RestorableName } from '../../database/database.js';
import { Databases } from '../../database/databases.js';
import { FileRefusal } from '../../database/portable-file/file-refusal.js';
import type { RestorePolicy } from '../../database/restore-policy.js';
import type { SqliteStagedGeneration } from '../../database/sqlite/staged-generation.js';
import { LogsRestorePolicy } from '../../logs/logs-restore-policy.js';
import { SETTINGS, type Settings } from '../../settings.js';
import { requireAgreement } from '../archive/archive-manifest.js';
import { databaseMember } from '../archive/archive-members.js';
import { asOwnFile } from '../flowg-import/as-own-file.js';
import { FlowgImportsService, type ImportAnswer } from '../flowg-import/flowg-imports.service.js';
import type { ImportReport } from '../flowg-import/import-report.js';
import type { RunScope } from '../run-scope.js';
import { ArchiveReceiver } from '../upload/archive.receiver.js';
import { IncomingFileReceiver } from '../upload/incoming-file.receiver.js';
import { type IncomingFiles, singleFile } from '../upload/incoming-files.js';
import type { UploadReceiver } from '../upload/upload-receiver.js';
import type { RestoreSource } from './sources/restore-source.js';

/** What came, as generations beside the live ones: checked, but nothing has been decided. */
export interface Staging {
  staged: SqliteStagedGeneration[];
  /** Of what came. */
  bytes: number;
  /** Of what came, lower-case hexadecimal. */
  sha256: string;
  /** Only of a file that was FlowG's. */
  imported?: ImportAnswer;
  /** Removes what did not become live. */
  discard(): Promise<void>;
}

export interface Importing {
  caller: Caller;
  /** Users whose password cannot be taken over get a new one. */
  oneTimePasswords: boolean;
}

/**
 * The part of a restore that happens beside the live databases:
 * 1. What comes goes to a file in the folder of each database; headers are judged as soon as they are there. A backup of
 *    FlowG's becomes one of ours before anything else (`flowg-import/`).
 * 2. Each file is checked as a whole, in a process of its own.
 * 3. It becomes a generation beside the live one: migrated, opened, synced to disk.
 * 4. The module that owns the database looks at the rows.
 */
@Injectable()
export class StagingService {
  private readonly policies: Record<RestorableName, RestorePolicy>;

  constructor(
    private readonly databases: Databases,
    authPolicy: AuthRestorePolicy,
    configPolicy: ConfigRestorePolicy,
    logsPolicy: LogsRestorePolicy,
    private readonly flowgImports: FlowgImportsService,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {
    this.policies = { auth: authPolicy, config: configPolicy, logs: logsPolicy };
  }

  /**
   * @param importing whose access stays when a backup of FlowG's replaces all users.
   * @throws FileRefusal for a bad file, Problem for what keeps it from coming, or a full disk; nothing is left behind then.
   */
  async stage(scope: RunScope, importing: Importing, source: RestoreSource): Promise<Staging> {
    const receiver = this.receiverFor(scope);
    const received = await source.receive(receiver);
    const staged: SqliteStagedGeneration[] = [];
    let imported: ImportAnswer | undefined;
    const discard = async () => {
      for (const one of staged) await one.discard();
    };
    try {
      const report = await this.convert(scope, received, source.gone());
      for (const name of received.names) {
        const one = await inMember(scope, name, () => this.stageOne(name, received));
        staged.push(one);
        if (report) imported = await this.settle(one, report, importing);
        await inMember(scope, name, () => this.policies[name].validate(one));
      }
      return { staged, bytes: received.bytes, sha256: received.sha256, imported, discard };
    } catch (error) {
      await discard();
      await receiver.remove(received);
      throw error;
    }
  }

  /** Changes what must not be as it was saved, in generations that will become the live ones. */
  async prepare({ staged }: Staging): Promise<void> {
    for (const one of staged) await this.policies[one.database].prepare?.(one);
  }

  /** In an archive there are only files of ours. */
  private async convert(
    scope: RunScope,
    { files }: IncomingFiles,
    signal: AbortSignal,
  ): Promise<ImportReport | undefined> {
    if (scope === 'all') return undefined;
    const { diskReserveBytes } = this.settings;
    const own = await asOwnFile(files[scope]!, this.databases.get(scope), { diskReserveBytes, signal });
    files[scope] = own.file;
    return own.imported;
  }

  private settle(
    staged: SqliteStagedGeneration,
    report: ImportReport,
    { caller, oneTimePasswords }: Importing,
  ): Promise<ImportAnswer> {
    return this.flowgImports.settle(staged, report, caller, oneTimePasswords);
  }

  private async stageOne(name: RestorableName, { files, manifest }: IncomingFiles) {
    const file = files[name]!;
    const staged = await this.databases.get(name).stage(file);
    try {
      const archived = manifest?.databases[name];
      if (archived) requireAgreement(name, archived, { size: file.bytes, manifest: staged.manifest });
      return staged;
    } catch (error) {
      await staged.discard();
      throw error;
    }
  }

  private receiverFor(scope: RunScope): UploadReceiver<IncomingFiles> {
    const makeRoom = (folder: string, bytes: number) => this.databases.requireRoom(folder, bytes);
    const receiverOf = (name: RestorableName) => new IncomingFileReceiver(this.databases.get(name), makeRoom);
    if (scope !== 'all') return singleFile(scope, receiverOf(scope));
    return new ArchiveReceiver({
      auth: receiverOf('auth'),
      config: receiverOf('config'),
      logs: receiverOf('logs'),
    });
  }
}

/** Of a refusal of an archive one wants to know which member it is about. */
async function inMember<T>(scope: RunScope, name: RestorableName, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (scope !== 'all' || !(error instanceof FileRefusal) || error.check === 'archive') throw error;
    throw new FileRefusal(error.check, `${databaseMember(name)} in the archive: ${error.message}`);
  }
}
