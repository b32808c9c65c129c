import { type Abstract, type DynamicModule, Module, type Provider } from '@nestjs/common';
import { SETTINGS, type Settings } from '../settings.js';
import type { DatabaseDefinition } from './database-definition.js';
import type { Database, DatabaseName } from './database.js';
import { Databases } from './databases.js';

const DEFINITIONS = Symbol('database definitions');

/** The data folder, opened once. Each module opens its own database from here, by `provideDatabase`. */
@Module({})
export class DatabaseModule {
  static with(definitions: Record<DatabaseName, DatabaseDefinition>): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      providers: [
        { provide: DEFINITIONS, useValue: definitions },
        {
          provide: Databases,
          inject: [SETTINGS],
          useFactory: (settings: Settings) =>
            Databases.create(settings.dataDir, settings.databaseDirs, {
              walBudgetBytes: settings.walBudgetBytes,
              diskReserveBytes: settings.diskReserveBytes,
              undoCount: settings.undoCount,
              undoMilliseconds: settings.undoMilliseconds,
            }),
        },
      ],
      exports: [Databases, DEFINITIONS],
    };
  }
}

/** Opens the database that a module owns and makes it injectable under the module's own class for it. */
export function provideDatabase(token: Abstract<Database>, name: DatabaseName): Provider {
  return {
    provide: token,
    inject: [Databases, DEFINITIONS],
    useFactory: (databases: Databases, definitions: Record<DatabaseName, DatabaseDefinition>) =>
      databases.open(definitions[name]),
  };
}
