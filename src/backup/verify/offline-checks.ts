import { databaseDefinitions } from '../../../ormconfig.js';
import { AuthFilePolicy } from '../../auth/auth-file-policy.js';
import { ConfigRestorePolicy } from '../../config/config-restore-policy.js';
import type { DatabaseDefinition } from '../../database/database-definition.js';
import type { RestorableName, StagedGeneration } from '../../database/database.js';
import { expectedSchemas } from '../../database/portable-file/expected-schema.js';
import type { ExpectedSchema } from '../../database/portable-file/schema-listing.js';
import { LogsRestorePolicy } from '../../logs/logs-restore-policy.js';

/** Everything that is asked of a backup of one database. */
export interface OfflineChecks {
  definition: DatabaseDefinition;
  /** The schema of each version, index 0 being version 1. */
  schemas: ExpectedSchema[];
  /** Throws FileRefusal or Problem for rows that a restore would not accept. */
  review(staged: StagedGeneration): Promise<void>;
}

export type AllOfflineChecks = Record<RestorableName, OfflineChecks>;

/** The checks of a restore, as far as they need no server: what is asked of a file is written in one place only. */
export async function offlineChecks(): Promise<AllOfflineChecks> {
  const nowhere = { auth: '', config: '', logs: '', backup: '' };
  const { auth, config, logs } = databaseDefinitions({ databaseDirs: nowhere, logDurability: 'normal' });
  const authPolicy = new AuthFilePolicy();
  const configPolicy = new ConfigRestorePolicy();
  const logsPolicy = new LogsRestorePolicy();
  return {
    auth: await checksOf(auth, async (staged) => {
      await authPolicy.validate(staged);
      await authPolicy.requireAdministrator(staged);
    }),
    config: await checksOf(config, (staged) => configPolicy.validate(staged)),
    logs: await checksOf(logs, (staged) => logsPolicy.validate(staged)),
  };
}

async function checksOf(
  definition: DatabaseDefinition,
  review: OfflineChecks['review'],
): Promise<OfflineChecks> {
  return { definition, schemas: await expectedSchemas(definition), review };
}
