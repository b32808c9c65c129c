import { createApplication } from './bootstrap.js';
import { createServerLog } from './http/server-log.js';
import { startServer } from './server.js';
import { readSettings, SettingsError, unknownSettings } from './settings.js';

// A reader of the log that goes away (`| head`) must not take the server with it.
process.stdout.on('error', () => undefined);

try {
  const settings = readSettings(process.env);
  const log = createServerLog(settings);
  for (const name of unknownSettings(process.env))
    log.warn(`${name} is not a setting of this server`, 'Settings');
  if (settings.failpoints) log.warn('FLOWG_TEST_FAILPOINTS makes this server fail on purpose', 'Settings');
  await startServer(await createApplication(settings), settings);
} catch (error) {
  // The message is for the person who starts the server; FLOWG_VERBOSE adds the stack.
  console.error(error instanceof SettingsError ? error.message : `cannot start: ${(error as Error).message}`);
  process.exitCode = 1;
  process.exit();
}
