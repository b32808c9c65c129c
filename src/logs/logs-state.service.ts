import { Injectable } from '@nestjs/common';
import { LogsDatabase } from './logs.database.js';
import { logsState } from './logs-state.store.js';

/** Tells whether the logs have changed. */
@Injectable()
export class LogsStateService {
  constructor(private readonly database: LogsDatabase) {}

  /**
   * A number for what the live logs are at this moment, quick at any size: another one after everything that somebody could
   * see, and after some upkeep.
   * @param appended whether logs that come in count.
   */
  now({ appended }: { appended: boolean }): Promise<string> {
    return this.database.read((manager) => logsState(manager, appended));
  }
}
