import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { SyslogSink } from './syslog-sink.js';
import { SyslogServer } from './syslog.server.js';

/** The syslog listener. It knows nobody that messages go to: `to` tells it. */
@Module({})
export class SyslogModule {
  /**
   * Binds the listener to the service that takes its messages: `SyslogModule.to(LogsModule, SyslogIngestService)` among
   * the imports of the application, where `LogsModule` exports `SyslogIngestService`, which extends (or implements)
   * `SyslogSink`. Nothing listens before somebody calls `SyslogServer.listen()`.
   */
  static to(module: Type | DynamicModule, sink: Type<SyslogSink>): DynamicModule {
    return {
      module: SyslogModule,
      imports: [module],
      providers: [SyslogServer, { provide: SyslogSink, useExisting: sink }],
    };
  }
}
