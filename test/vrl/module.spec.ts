import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { expect, it } from 'vitest';
import { SettingsModule } from '#src/settings.module.js';
import { readSettings } from '#src/settings.js';
import { ScriptEngine } from '#src/vrl/script-engine.js';
import { VrlModule } from '#src/vrl/vrl.module.js';

@Module({ imports: [SettingsModule.with(readSettings({})), VrlModule] })
class Application {}

it('the module gives the engine, and ends it when the application stops', async () => {
  const application = await NestFactory.createApplicationContext(Application, { logger: ['warn', 'error'] });
  const engine = application.get(ScriptEngine);
  expect(await engine.run('.a = 1', [{}])).toEqual([{ a: '1' }]);
  await application.close();
  await expect(engine.run('.a = 1', [{}])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});
