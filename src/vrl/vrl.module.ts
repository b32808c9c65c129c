import { Module } from '@nestjs/common';
import { ScriptCounters } from './script-counters.js';
import { ScriptEngine } from './script-engine.js';
import { VrlEngine } from './vrl-engine.js';

@Module({
  providers: [ScriptCounters, { provide: ScriptEngine, useClass: VrlEngine }],
  exports: [ScriptEngine],
})
export class VrlModule {}
